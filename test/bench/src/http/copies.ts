import { ask } from './document.js'

/** What an access process says of its own copies. */
export interface Copies {
  hits: number
  /** Made anew, being renewed, or stale: what the front does not answer. */
  others: number
  bytes: number
}

/** Below this it is not the cost of a hit that was measured, in percent. */
export const hitsLeast = 99

export async function copiesOf(url: string): Promise<Copies> {
  const { body } = await ask(`${url}/metrics`)
  const lines = body.split('\n')
  const sum = (pattern: RegExp) =>
    lines.filter((line) => pattern.test(line)).reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0)
  return {
    hits: sum(/^gala_cache_outcomes_total\{.*outcome="hit"/),
    others: sum(/^gala_cache_outcomes_total\{.*outcome="(aging|shared|miss|stale)"/),
    bytes: sum(/^gala_cache_bytes[ {]/),
  }
}

/** Which part of the reads between looks before and after was answered from memory, in percent. */
export function hitPercent(looks: readonly (readonly [before: Copies, after: Copies])[]): number {
  const sum = (of: (copies: Copies) => number) => looks.reduce((all, [from, to]) => all + of(to) - of(from), 0)
  const hits = sum((copies) => copies.hits)
  return (100 * hits) / (hits + sum((copies) => copies.others))
}
