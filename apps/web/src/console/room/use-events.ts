import { useCallback } from 'react'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'

/** An event moved on the night is seen this soon. */
const everyMs = 15_000

/** The newest hundred events. After a failure the last ones stay: their clocks go on. */
export function useEvents() {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.events.list({ query: { pageSize: 100 } }, { signal })).data.items,
    [api],
  )
  return usePolled(ask, everyMs).value
}
