/** What reporting needs of the runtime: of a browser, of Node, or of a test that turns it by hand. */
export interface World {
  nowMs(): number
  /** Runs once after `ms` milliseconds; returns the function that cancels it. */
  after(ms: number, run: () => void): () => void
  random(): number
  /** Hands bytes over to be sent whatever becomes of the page. False: there is no room for them. */
  beacon(url: string, body: string): boolean
  /** Runs when the page is hidden and when it goes; returns the function that ends that. `gone`: it will not be seen again. */
  onHidden(run: (gone: boolean) => void): () => void
}

export const thisWorld = (): World => ({
  nowMs: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
  // A string goes as text/plain, which needs no question before it to another origin.
  beacon: (url, body) =>
    typeof navigator !== 'undefined' && 'sendBeacon' in navigator && navigator.sendBeacon(url, body),
  onHidden: (run) => {
    if (typeof document === 'undefined') return () => {}
    const hidden = () => document.visibilityState === 'hidden' && run(false)
    const gone = () => run(true)
    document.addEventListener('visibilitychange', hidden)
    window.addEventListener('pagehide', gone)
    return () => {
      document.removeEventListener('visibilitychange', hidden)
      window.removeEventListener('pagehide', gone)
    }
  },
})
