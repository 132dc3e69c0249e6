import type { SlotKey, SlotRow } from './ledger.js'

/** Of a slot in Redis, which all are of one data centre. Names of one job in order are its slots in order. */
export const fieldOf = ({ job, atMs, shard }: Pick<SlotKey, 'job' | 'atMs' | 'shard'>) =>
  `${job}|${String(atMs).padStart(16, '0')}|${String(shard).padStart(2, '0')}`

/**
 * A slot, or part of one, as scripts handle it. What they do not look into is JSON within JSON: Lua knows no difference between an
 * empty list and an empty object, and shortens numbers.
 */
export function encodeSlot({ progress, result, manual, ...plain }: Partial<SlotRow>): string {
  const opaque = Object.entries({ progress, result, manual })
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => [field, encodeOpaque(value)])
  // Half a character, as where a text was cut, would not be taken.
  return JSON.stringify({ ...plain, ...Object.fromEntries(opaque) }, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  )
}

export const encodeOpaque = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value)

export function decodeSlot(raw: string): SlotRow {
  const { progress, result, manual, attempts, ...plain } = JSON.parse(raw) as StoredSlot
  return {
    ...plain,
    progress: decodeOpaque<SlotRow['progress']>(progress),
    result: decodeOpaque<unknown>(result),
    manual: decodeOpaque<SlotRow['manual']>(manual),
    attempts: Array.isArray(attempts) ? attempts : [],
  }
}

type StoredSlot = Omit<SlotRow, 'progress' | 'result' | 'manual' | 'attempts'> & {
  progress: string | null
  result: string | null
  manual: string | null
  /** An empty list that Lua has written is an object. */
  attempts: SlotRow['attempts'] | Record<string, never>
}

const decodeOpaque = <T>(raw: string | null) => (raw === null ? null : (JSON.parse(raw) as T | null))
