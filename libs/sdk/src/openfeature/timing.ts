/** Time as flags need it, so that a test can turn it by hand. */
export interface Timing {
  /** Milliseconds that never go back; good for differences. */
  monotonicMs(): number
  /** Runs once after `ms` milliseconds; returns the function that cancels it. */
  after(ms: number, run: () => void): () => void
}

export const runtimeTiming: Timing = {
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    // On a server, a process that has nothing else to do may end; in a browser timers are numbers.
    timer.unref?.()
    return () => clearTimeout(timer)
  },
}
