import { useEffect, useState } from 'react'
import { api } from './api.js'

/** The server's time, ticking each second: a viewer's own clock may be minutes off. */
export function useServerClock(): number {
  const [offsetMs, setOffsetMs] = useState(0)
  const [nowMs, setNowMs] = useState(Date.now())
  useEffect(() => {
    const askedMs = Date.now()
    api.time.read({}).then(
      ({ data }) => setOffsetMs(data.unixMs - (askedMs + Date.now()) / 2),
      () => setOffsetMs(0),
    )
    const timer = window.setInterval(() => setNowMs(Date.now()), 1000)
    return () => window.clearInterval(timer)
  }, [])
  return nowMs + offsetMs
}
