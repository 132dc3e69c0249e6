/**
 * The answer of a limit. `remaining`: tokens this process could spend on the key at once. `retryAfterMs`: when it is worth
 * coming back, further off for each one that was refused before, so that they do not all return at the same moment.
 */
export type Decision =
  | { admitted: true; remaining: number }
  | { admitted: false; retryAfterMs: number; remaining: number }

/** Nobody is told to stay away for longer: who is would have left by then. */
const toldMostMs = 30_000

/** Deals out moments to come back at, as many a second as there will be tokens. */
export class ComeBack {
  #toldMs = 0

  /** `earliestMs`: not before then, for a reason the caller knows. `perTokenMs`: how far apart, for each token. */
  next(cost: number, nowMs: number, earliestMs: number, perTokenMs: number): number {
    const latestMs = nowMs + toldMostMs
    this.#toldMs = Math.min(Math.max(this.#toldMs, earliestMs, nowMs) + cost * perTokenMs, latestMs)
    return Math.ceil(this.#toldMs - nowMs)
  }
}
