import type { Bootstrap } from '@gala/contracts'
import { type AnswerMeta, GalaError } from '@gala/sdk'
import { useEffect, useState } from 'react'
import { api } from './api.js'

/** The page asks for everything anew about this often; each browser at its own moment. */
const pollMs = 4_000
const spreadMs = 1_000

export interface Screen {
  data: Bootstrap | undefined
  meta: AnswerMeta | undefined
  /** Why the last question failed; the picture before it stays. */
  error: GalaError | undefined
}

/** What the first screen shows, kept current while the page is in view. */
export function useBootstrap(eventId: string): Screen {
  const [screen, setScreen] = useState<Screen>({ data: undefined, meta: undefined, error: undefined })
  useEffect(() => {
    const ended = new AbortController()
    let timer = 0
    const ask = async () => {
      try {
        const { data, meta } = await api.bootstrap.read({ params: { id: eventId } }, { signal: ended.signal })
        setScreen({ data, meta, error: undefined })
      } catch (error) {
        if (ended.signal.aborted) return
        if (!(error instanceof GalaError)) throw error
        setScreen((held) => ({ ...held, error }))
      }
      if (!ended.signal.aborted && !document.hidden)
        timer = window.setTimeout(ask, pollMs + (Math.random() - 0.5) * 2 * spreadMs)
    }
    const shown = () => {
      window.clearTimeout(timer)
      if (!document.hidden) void ask()
    }
    void ask()
    document.addEventListener('visibilitychange', shown)
    return () => {
      ended.abort()
      window.clearTimeout(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [eventId])
  return screen
}
