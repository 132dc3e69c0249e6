import type { Cache } from '@gala/cache'
import { publicRoutes, type SnapshotReport } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { RouteTable } from '@gala/runtime'
import type { Kept } from './copy.js'
import type { Keys } from './keys.js'
import type { Snapshots } from './snapshots.js'

interface Parts {
  cache: Cache
  keys: Keys
  snapshots: Snapshots
  clock: Clock
}

export type LeaveSnapshots = (paths: readonly string[]) => Promise<SnapshotReport>

/**
 * An answer is left on disk when it is made, at a bounded rate. Before a night that matters somebody wants to know that it is there:
 * what memory has of these addresses, whole and right, is written at once, and what is on disk then is told.
 */
export function leaveSnapshots({ cache, keys, snapshots, clock }: Parts): LeaveSnapshots {
  const table = new RouteTable(publicRoutes)
  const bodyOf = (path: string): Buffer | undefined => {
    const route = table.find('GET', path)
    if (!route?.cache || route.onDegraded !== 'static') return undefined
    const key = keys.of(route, path)
    const found = key === undefined ? undefined : cache.left<Kept>(key, route.cache)
    if (found?.source !== 'hit' || !('copy' in found.value) || found.value.copy.degraded !== '') return undefined
    return found.value.copy.body
  }
  return async (paths) => {
    const items: SnapshotReport['items'] = []
    for (const path of paths) {
      const body = bodyOf(path)
      const left = body !== undefined && (await snapshots.leave(path, body))
      const there = await snapshots.find(path)
      const ageMs = there ? Math.max(0, clock.nowMs() - there.asOfMs) : null
      items.push({ path, left, bytes: there?.body.length ?? 0, ageMs })
    }
    return { items }
  }
}
