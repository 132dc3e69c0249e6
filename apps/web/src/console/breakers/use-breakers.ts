import type { BreakerItem, ResilienceProcess } from '@gala/contracts'
import type { OpsClient } from '@gala/sdk'
import { useCallback } from 'react'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
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

/** What every process says of its breakers, and what operators have ordered. Asked often until all processes have applied `awaited`. */
export function useBreakers(awaited: number | undefined) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal): Promise<Report> => {
      const [breakers, pools] = await Promise.all([
        api.breakers.report({}, { signal }),
        api.pools.report({}, { signal }),
      ])
      const { items, processes } = breakers.data
      return { items, processes, pools: pools.data, atMs: Date.now() }
    },
    [api],
  )
  const isAwaited = (held: Report | undefined) =>
    awaited !== undefined && laggardsOf(held?.processes ?? [], awaited).length > 0
  const { value: now, failure } = usePolled(ask, (held) => (isAwaited(held) ? everyMsWhileWaiting : everyMs))
  return { now, failure }
}
