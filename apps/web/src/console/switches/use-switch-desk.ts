import { GalaError } from '@gala/sdk'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useSession } from '../session.js'
import { type Live, useNow } from '../use-fleet.js'
import { usePolling } from '../use-polling.js'
import { type BoardLog, logged } from './board-log.js'
import type { Outcome, SwitchDesk } from './desk.js'

const pollMs = 2_000
/** Boards come each second; without one for as long as this the stream is not waited for. */
const quietMs = 3_000

/** The desk once the first board has come, or why none comes: boards are taken from the stream, or else asked for. */
export function useSwitchDesk(live: Live): { desk: SwitchDesk | undefined; failure: string | undefined } {
  const { api } = useSession()
  const [log, setLog] = useState<BoardLog>()
  const [failure, setFailure] = useState<string>()
  const [outcome, tell] = useState<Outcome>()
  const [undone, setUndone] = useState<ReadonlySet<string>>(new Set())
  const { board } = live
  useEffect(() => {
    if (board) setLog((held) => logged(held, board.now, board.atMs))
  }, [board])
  const ask = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const { data } = await api.switches.list({}, signal ? { signal } : {})
        setLog((held) => logged(held, data, Date.now()))
        setFailure(undefined)
        return data
      } catch (error) {
        if (!signal?.aborted) setFailure(error instanceof GalaError ? error.message : String(error))
        return undefined
      }
    },
    [api],
  )
  const work = useCallback(
    async (signal: AbortSignal) => {
      await ask(signal)
    },
    [ask],
  )
  const quiet = useNow() - (board?.atMs ?? 0) > quietMs
  usePolling(work, quiet ? pollMs : undefined)
  const desk = useMemo<SwitchDesk | undefined>(
    () =>
      log && {
        log,
        refresh: () => ask(),
        outcome,
        tell,
        undone,
        markUndone: (names) => setUndone((held) => new Set([...held, ...names])),
      },
    [log, ask, outcome, undone],
  )
  return { desk, failure }
}
