import { useEffect, useState } from 'react'

/** Whole seconds until something may be done again; the one that has begun counts. */
export function useCountdown() {
  const [untilMs, setUntilMs] = useState(0)
  const [nowMs, setNowMs] = useState(0)
  const leftS = Math.max(0, Math.ceil((untilMs - nowMs) / 1_000))
  const counting = leftS > 0
  useEffect(() => {
    if (!counting) return
    const timer = window.setInterval(() => setNowMs(performance.now()), 250)
    return () => window.clearInterval(timer)
  }, [counting])
  const start = (ms: number) => {
    setNowMs(performance.now())
    setUntilMs(performance.now() + ms)
  }
  return { leftS, start }
}
