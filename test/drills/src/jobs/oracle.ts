import type { SlotReason, SlotState } from '@gala/contracts'
import type { PlannedJob, Rhythm } from './plan.js'

/** A row of the slot ledger, times in Unix milliseconds. */
export interface LedgerRow {
  job: string
  atMs: number
  /** Empty: global. */
  dc: string
  shard: number
  state: SlotState
  reason: SlotReason | null
  attempts: readonly AttemptRow[]
  startedAtMs: number | null
}

interface AttemptRow {
  n: number
  atMs: number
  outcome: string | null
}

/** What a run has left behind. */
export interface EffectRow {
  job: string
  atMs: number
  dc: string
  shard: number
  effect: string
  attempt: number
  doneAtMs: number
}

export type SlotId = Pick<LedgerRow, 'job' | 'atMs' | 'dc' | 'shard'>

export interface Findings {
  expected: number
  /** Of jobs that run in each data centre. */
  expectedLocal: number
  missing: SlotId[]
  /** In the ledger, and not to be there. */
  surplus: SlotId[]
  /** Ended well more than once, or left more than one effect. */
  twice: SlotId[]
  /** An effect of an attempt after a later one had begun. */
  stale: EffectRow[]
  /** Ended well, and left nothing behind. */
  withoutEffect: SlotId[]
  notOk: LedgerRow[]
  /** Have not ended. */
  open: number
  /** Attempts after one that failed, and after one whose holder was lost. */
  retries: { failed: number; lost: number; cancelled: number }
}

/** When a rhythm is due from `fromMs` to before `toMs`. */
export function dueTimes({ everyMs, phaseMs }: Rhythm, fromMs: number, toMs: number): number[] {
  const first = Math.ceil((fromMs - phaseMs) / everyMs) * everyMs + phaseMs
  return Array.from({ length: Math.max(0, Math.ceil((toMs - first) / everyMs)) }, (_, i) => first + i * everyMs)
}

/** Every slot that has to exist, whatever any scheduler says. */
export function expectedSlots(jobs: readonly PlannedJob[], dcs: readonly string[], fromMs: number, toMs: number) {
  return jobs.flatMap(({ id, rhythm, scope, shards }) =>
    dueTimes(rhythm, fromMs, toMs).flatMap((atMs) =>
      (scope === 'dc' ? dcs : ['']).flatMap((dc) =>
        Array.from({ length: shards }, (_, shard): SlotId => ({ job: id, atMs, dc, shard })),
      ),
    ),
  )
}

/** Holds ledger and effects of a stretch of time against what has to be there. Rows outside of it must have been left out. */
export function judge(
  expected: readonly SlotId[],
  rows: readonly LedgerRow[],
  effects: readonly EffectRow[],
  jobs: readonly PlannedJob[],
): Findings {
  const wanted = new Set(expected.map(nameOf))
  const held = new Map(rows.map((row) => [nameOf(row), row]))
  const left = Map.groupBy(effects, nameOf)
  const flaky = new Set(jobs.filter((job) => job.flaky).map(({ id }) => id))
  const counted = rows.filter((row) => wanted.has(nameOf(row)))
  const ended = (row: LedgerRow) => row.state === 'ok'
  return {
    expected: expected.length,
    expectedLocal: expected.filter(({ dc }) => dc !== '').length,
    missing: expected.filter((slot) => !held.has(nameOf(slot))),
    surplus: rows.filter((row) => !wanted.has(nameOf(row))),
    twice: counted.filter((row) => okCount(row) > 1 || (left.get(nameOf(row))?.length ?? 0) > 1),
    stale: effects.filter((effect) => isStale(effect, held.get(nameOf(effect)))),
    withoutEffect: counted.filter((row) => ended(row) && !flaky.has(row.job) && !left.has(nameOf(row))),
    notOk: counted.filter((row) => !ended(row)),
    open: counted.filter(({ state }) => !endedStates.has(state)).length,
    retries: retriesOf(counted),
  }
}

export const nameOf = ({ job, atMs, dc, shard }: SlotId) => `${job}|${atMs}|${dc}|${shard}`

const endedStates = new Set<SlotState>(['ok', 'failed', 'skipped'])

const okCount = ({ attempts }: LedgerRow) => attempts.filter(({ outcome }) => outcome === 'ok').length

/** An effect nobody has a slot for had no token at all. */
const isStale = ({ attempt, doneAtMs }: EffectRow, row: LedgerRow | undefined) =>
  row === undefined || row.attempts.some(({ n, atMs }) => n > attempt && atMs < doneAtMs)

function retriesOf(rows: readonly LedgerRow[]) {
  const retries = { failed: 0, lost: 0, cancelled: 0 }
  for (const { attempts } of rows) {
    for (const { outcome } of attempts.slice(0, -1)) {
      if (outcome === 'lost' || outcome === 'cancelled') retries[outcome]++
      else retries.failed++
    }
  }
  return retries
}
