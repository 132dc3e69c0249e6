import { useCallback } from 'react'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { lookedAt, type RoomLog } from './room-log.js'

export const cockpitEveryMs = 1_000

/** A room as it is now, and its figures of the last minutes. */
export function useCockpit(room: string) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal, log: RoomLog | undefined) => {
      const { data } = await api.rooms.read({ params: { room } }, { signal })
      return lookedAt(log, data, Date.now() / 1000)
    },
    [api, room],
  )
  return usePolled(ask, cockpitEveryMs)
}
