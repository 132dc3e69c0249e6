import { paceOf } from './token-bucket.js'

/** What a process does while the budget does not answer: spends its portion of the rate, admits all, refuses all. */
type Away = 'portion' | 'open' | 'closed'

/** One limit, for all of its keys. */
export interface Limit {
  name: string
  /** Tokens a second for one key, in the data centre or in the process, and the most that can be saved up. */
  rate: number
  burst: number
  away: Away
  /** Tokens of a key one process may hold; a quarter of a second's worth when left out, and never over the burst. */
  blockMax?: number
  /** Keys counted for in memory at once. */
  keysMax?: number
  /** Callers of `admit` that may wait at once, over all keys, and for how long each. */
  waitersMax?: number
  waitMaxMs?: number
}

/** A second's worth for four blocks on their way: nobody notices a quarter of a second, and few trips bring it. */
const blockS = 0.25

/** @throws RangeError when a number makes no sense. */
export function complete(limit: Limit): Required<Limit> {
  paceOf(limit.rate, limit.burst)
  const blockMax = Math.ceil(Math.min(limit.burst, Math.max(1, limit.blockMax ?? limit.rate * blockS)))
  return { keysMax: 10_000, waitersMax: 1_000, waitMaxMs: 250, ...limit, blockMax }
}
