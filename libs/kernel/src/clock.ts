/**
 * Time as a thing you are handed, so that a test can turn it by hand.
 *
 * `nowMs` is wall-clock time (Unix milliseconds; may jump), `monotonicMs` never goes back and is only
 * good for differences. `coarseMs` is `monotonicMs` for hot paths: behind it by some 5 ms, and in a turn of the event loop
 * that lasts longer by no more than 64 calls. `after` and `every` return the function that cancels them.
 */
export interface Clock {
  nowMs(): number
  monotonicMs(): number
  coarseMs(): number
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  after(ms: number, run: () => void): () => void
  every(ms: number, tick: () => void): () => void
}

const coarseForMs = 5
const coarseCalls = 64

/**
 * Asking the system for the time costs as much as finding a value in memory; this costs next to nothing. Whoever asks for nothing is
 * not woken either: 200 times a second would be what an idle process costs.
 */
function coarseClock(): () => number {
  let nowMs = 0
  let callsLeft = 0
  let ending: NodeJS.Timeout | undefined
  const look = () => {
    nowMs = performance.now()
    if (ending) ending.refresh()
    else ending = setTimeout(() => (callsLeft = 0), coarseForMs).unref()
    callsLeft = coarseCalls
  }
  return () => {
    if (callsLeft-- <= 0) look()
    return nowMs
  }
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  coarseMs: coarseClock(),
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
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  every: (ms, tick) => {
    const timer = setInterval(tick, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
}
