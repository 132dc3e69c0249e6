/**
 * What requests are counted by:
 * - `ip`: the address, a whole /64 for IPv6, because that is what one household gets;
 * - `viewer`: whose token came with it, of a route that asks for one. Of any other: who the request says it is, its field `clientId`;
 *   nobody vouches for that, so it holds back whoever is honest or broken, and `ip` whoever makes ids up;
 * - `route`: all requests of the route together;
 * - `param:NAME`: the field NAME of path, query or body, such as the hot one of a night: `param:id`.
 */
export type LimitBy = 'ip' | 'viewer' | 'route' | `param:${string}`

/**
 * One limit of a route: tokens a second for each key, and the most that can be saved up.
 *
 * `scope`: `dc`: all processes of a data centre together; for limits from a few hundred a second, whose tokens come in
 * blocks. `instance`: each access process by itself, so a data centre admits up to that many times more; for keys that are many and small.
 * `away`: what happens to a `dc` limit while Redis does not answer: each process spends its `portion` of the rate, or the limit is
 * `open`, or `closed`.
 */
export type LimitPolicy = {
  by: LimitBy
  rate: number
  burst: number
  /** Tokens a request takes; 1 when left out. */
  cost?: number
} & ({ scope: 'dc'; away: 'portion' | 'open' | 'closed' } | { scope: 'instance' })

/** How much of a route may be under way at once in one access process, for one key; a hot key has its part of all places at most. */
export interface InFlightPolicy {
  by: LimitBy
  max: number
}
