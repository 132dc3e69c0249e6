import type { DataCentresBoard } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { useCallback, useState } from 'react'
import { useSession } from '../session.js'
import { usePolling } from '../use-polling.js'

const everyMs = 2_000

/** What every data centre is and has, asked every two seconds. After a failure the last words stay. */
export function useBoard() {
  const { api } = useSession()
  const [board, setBoard] = useState<DataCentresBoard>()
  const [atMs, setAtMs] = useState(0)
  const [failure, setFailure] = useState<string>()
  const refresh = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const { data } = await api.datacentres.board({}, signal ? { signal } : {})
        setBoard(data)
        setAtMs(Date.now())
        setFailure(undefined)
      } catch (error) {
        if (!signal?.aborted) setFailure(error instanceof GalaError ? error.message : String(error))
      }
    },
    [api],
  )
  usePolling(refresh, everyMs)
  return { board, atMs, failure, refresh }
}
