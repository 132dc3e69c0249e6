import { ask } from './document.js'

/** What an access process says of its own copies. */
export interface Copies {
  hits: number
  /** Made anew, or stale. */
  others: number
  bytes: number
}

export const noCopies: Copies = { hits: 0, others: 0, bytes: 0 }
/** Below this it is not the cost of a hit that was measured, in percent. */
export const hitsLeast = 99

export async function copiesOf(url: string): Promise<Copies> {
  const { body } = await ask(`${url}/metrics`)
  const lines = body.split('\n')
  const sum = (pattern: RegExp) =>
    lines.filter((line) => pattern.test(line)).reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0)
  return {
    hits: sum(/^gala_cache_outcomes_total\{.*outcome="hit"/),
    others: sum(/^gala_cache_outcomes_total\{.*outcome="(miss|stale)"/),
    bytes: sum(/^gala_cache_bytes[ {]/),
  }
}

/** Which part of the reads between two looks was answered from memory, in percent. */
export function hitPercent(before: Copies, after: Copies): number {
  const hits = after.hits - before.hits
  return (100 * hits) / (hits + after.others - before.others)
}
