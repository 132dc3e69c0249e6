import type { OpsClient } from '@gala/sdk'
import { useCallback } from 'react'
import { useSession } from '../session.js'
import { type Polled, usePolled } from '../use-polled.js'

export type ScheduleBoard = Awaited<ReturnType<OpsClient['jobs']['board']>>['data']
export type BoardSlot = ScheduleBoard['slots'][number]

/** Everything about jobs is asked for this often, as long as somebody looks. */
export const everyMs = 1_000

/** The schedule board, of one event or of everything. */
export function useBoard(event?: string): Polled<ScheduleBoard> {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.jobs.board({ query: event ? { event } : {} }, { signal })).data,
    [api, event],
  )
  return usePolled(ask, everyMs)
}
