import { useEffect } from 'react'
import { api } from './api.js'
import { clientId, sessionId } from './identity.js'

const firstRetryMs = 30_000

/** Tells the platform that this page is open, as often as it asks to be told. */
export function usePresence(eventId: string, playing: boolean) {
  useEffect(() => {
    const ended = new AbortController()
    let timer = 0
    const beat = async () => {
      const body = { clientId, sessionId, playing }
      const nextMs = await api.stats
        .beat({ params: { id: eventId }, body }, { signal: ended.signal })
        .then(({ data }) => data.nextBeatMs)
        .catch(() => firstRetryMs)
      if (!ended.signal.aborted) timer = window.setTimeout(beat, nextMs)
    }
    void beat()
    return () => {
      ended.abort()
      window.clearTimeout(timer)
    }
  }, [eventId, playing])
}
