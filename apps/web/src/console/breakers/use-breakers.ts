import type { BreakerItem, ResilienceProcess } from '@gala/contracts'
import { GalaError, type OpsClient } from '@gala/sdk'
import { useCallback, useState } from 'react'
import { useSession } from '../session.js'
import { usePolling } from '../use-polling.js'
import { laggardsOf } from './breaker-figures.js'

const everyMs = 2000
/** While an order is under way to the processes. */
const everyMsWhileWaiting = 250

export type Pools = Awaited<ReturnType<OpsClient['pools']['report']>>['data']

export interface Report {
  items: readonly BreakerItem[]
  processes: readonly ResilienceProcess[]
  pools: Pools
  /** This browser's clock. */
  atMs: number
}

export interface Reports {
  now?: Report
  failure?: string
}

/**
 * What every process says of its breakers, and what operators have ordered. Asked often until all processes have applied
 * `awaited`. After a failure the last words stay.
 */
export function useBreakers(awaited: number | undefined): Reports {
  const { api } = useSession()
  const [reports, setReports] = useState<Reports>({})
  const work = useCallback(
    async (signal: AbortSignal) => {
      try {
        const [breakers, pools] = await Promise.all([
          api.breakers.report({}, { signal }),
          api.pools.report({}, { signal }),
        ])
        const { items, processes } = breakers.data
        setReports({ now: { items, processes, pools: pools.data, atMs: Date.now() } })
      } catch (error) {
        if (signal.aborted) return
        const failure = error instanceof GalaError ? error.message : String(error)
        setReports((held) => ({ ...held, failure }))
      }
    },
    [api],
  )
  const waiting = awaited !== undefined && laggardsOf(reports.now?.processes ?? [], awaited).length > 0
  usePolling(work, waiting ? everyMsWhileWaiting : everyMs)
  return reports
}
