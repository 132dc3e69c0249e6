/**
 * Time as a thing you are handed, so that a test can turn it by hand.
 *
 * `nowMs` is wall-clock time (Unix milliseconds; may jump), `monotonicMs` never goes back and is only
 * good for differences. `every` starts a repeating callback and returns the function that stops it.
 */
export interface Clock {
  nowMs(): number
  monotonicMs(): number
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  every(ms: number, tick: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
      function done() {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
    }),
  every: (ms, tick) => {
    const timer = setInterval(tick, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}
