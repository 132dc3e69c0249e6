import type { LakeQueryReply } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useSession } from '../session.js'

export type Asked =
  | { is: 'nothing' }
  | { is: 'running' }
  | { is: 'answered'; reply: LakeQueryReply }
  | { is: 'refused' | 'failed'; detail: string }
  | { is: 'stopped' }

/** One question at a time. What it does on the server is bounded there; stopping it here ends the wait. */
export function useQuery() {
  const { api } = useSession()
  const [asked, setAsked] = useState<Asked>({ is: 'nothing' })
  const going = useRef<AbortController>(undefined)
  const run = useCallback(
    async (sql: string) => {
      going.current?.abort()
      going.current = new AbortController()
      const { signal } = going.current
      setAsked({ is: 'running' })
      try {
        // Asked once: whoever waits can ask again, and a query that was too much stays too much.
        const { data } = await api.pipeline.query({ body: { sql } }, { signal, retriesMax: 0 })
        if (!signal.aborted) setAsked({ is: 'answered', reply: data })
      } catch (error) {
        if (signal.aborted) return
        const refused = error instanceof GalaError && (error.code === 'QUERY_REFUSED' || error.code === 'QUERY_CUT')
        setAsked({
          is: refused ? 'refused' : 'failed',
          detail: error instanceof GalaError ? error.message : String(error),
        })
      }
    },
    [api],
  )
  const stop = useCallback(() => {
    going.current?.abort()
    setAsked({ is: 'stopped' })
  }, [])
  useEffect(() => () => going.current?.abort(), [])
  return { asked, run, stop }
}
