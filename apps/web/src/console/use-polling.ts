import { useEffect } from 'react'

/**
 * Does `work` at once and again `everyMs` after it has ended, as long as somebody can see the page; not at all when
 * `everyMs` is undefined. `work` is told by its signal when nobody wants its result any more, and must not reject.
 */
export function usePolling(work: (signal: AbortSignal) => Promise<void>, everyMs: number | undefined) {
  useEffect(() => {
    if (everyMs === undefined) return
    let going: AbortController | undefined
    const follow = () => {
      going?.abort()
      going = document.hidden ? undefined : new AbortController()
      if (going) void repeat(work, everyMs, going.signal)
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      going?.abort()
      document.removeEventListener('visibilitychange', follow)
    }
  }, [work, everyMs])
}

async function repeat(work: (signal: AbortSignal) => Promise<void>, everyMs: number, signal: AbortSignal) {
  while (!signal.aborted) {
    await work(signal)
    await new Promise<void>((resolve) => {
      const timer = window.setTimeout(resolve, everyMs)
      signal.addEventListener('abort', () => {
        window.clearTimeout(timer)
        resolve()
      })
    })
  }
}
