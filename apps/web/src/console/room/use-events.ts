import type { Event } from '@gala/contracts'
import { useCallback, useState } from 'react'
import { useSession } from '../session.js'
import { usePolling } from '../use-polling.js'

/** An event moved on the night is seen this soon. */
const everyMs = 15_000

/** The newest hundred events. After a failure the last ones stay: their clocks go on. */
export function useEvents(): readonly Event[] | undefined {
  const { api } = useSession()
  const [events, setEvents] = useState<readonly Event[]>()
  const work = useCallback(
    async (signal: AbortSignal) => {
      await api.events.list({ query: { pageSize: 100 } }, { signal }).then(
        ({ data }) => setEvents(data.items),
        () => undefined,
      )
    },
    [api],
  )
  usePolling(work, everyMs)
  return events
}
