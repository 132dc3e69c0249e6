import type { RollingWindow } from '@gala/resilience'

/** Whether a data centre should be sent viewers, and why not. */
export interface EdgeHealth {
  ready: boolean
  dc: string
  instance: string
  /** `outcome`: what was answered lately; `dependencies`: too little was, so it is told by what it needs. */
  by: 'outcome' | 'dependencies' | 'order' | 'process'
  reason: string | null
  /** Of the last ten seconds. */
  requests: number
  /** Part of them that was answered well; null of none. */
  good: number | null
}

interface Facts {
  dc: string
  instance: string
  /** Started and not stopping. */
  processReady: boolean
  ownPercent: number
  recent: ReturnType<RollingWindow['sums']>
  /** Dependencies that do not answer now. */
  down: readonly string[]
}

/** Fewer say nothing: one bad answer of three is not an illness. */
const requestsMin = 20
/**
 * Below this part of good answers viewers are better off elsewhere, whatever it is that fails. Not higher: who sheds a third of
 * its requests still serves more viewers than a neighbour could take over.
 */
const goodMin = 0.5

/** What a global load balancer is told. It should send viewers somewhere all the same when every data centre says no. */
export function edgeHealthOf({ dc, instance, processReady, ownPercent, recent, down }: Facts): EdgeHealth {
  const { calls: requests, failures } = recent
  const good = requests > 0 ? (requests - failures) / requests : null
  const told = (by: EdgeHealth['by'], reason: string | null) => ({
    ready: reason === null,
    dc,
    instance,
    by,
    reason,
    requests,
    good,
  })
  if (!processReady) return told('process', 'starting or stopping')
  if (ownPercent === 0) return told('order', 'drained')
  if (good !== null && requests >= requestsMin) {
    return told('outcome', good < goodMin ? `${requests - failures} of ${requests} answers were good` : null)
  }
  return told('dependencies', down.length > 0 ? `${down.join(', ')} not reached` : null)
}
