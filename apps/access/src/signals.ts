import type { FollowerSignal } from '@gala/bus'
import type { CacheCounts } from '@gala/cache'
import type { AppError, Route } from '@gala/contracts'
import { collected } from '@gala/runtime'
import { Counter } from 'prom-client'
import type { AccessContext } from './access.config.js'

/** What access tells of itself: a count for everything, a log line only for what changes or should not be. */
export function accessSignals({ metrics, log }: AccessContext) {
  const count = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers: [metrics] })
  const upstreamFailures = count('gala_upstream_failures_total', 'Attempts at an application instance that failed')
  const busSignals = count('gala_bus_signals_total', 'Gaps in the change bus, and how they ended', ['signal'])
  const redisFailures = count('gala_redis_failures_total', 'Redis connections or commands that failed')
  const snapshotFailures = count('gala_snapshot_failures_total', 'Snapshots that could not be written or read')
  return {
    cacheCounts: (counts: CacheCounts) =>
      collected(metrics, {
        name: 'gala_cache_outcomes_total',
        help: 'What the cache has answered from, and what happened on the way',
        label: 'outcome',
        counts,
      }),
    upstreamFailed: () => upstreamFailures.inc(),
    // The load's refusal reaches the caller or is covered by a copy; the outcome counter holds it.
    loadFailed: () => {},
    busSignal: (signal: FollowerSignal) => busSignals.inc({ signal }),
    redisFailed: () => redisFailures.inc(),
    snapshotFailed: (err: unknown) => {
      snapshotFailures.inc()
      log.warn({ err }, 'a snapshot could not be kept')
    },
    failedUnexpectedly: (error: AppError, route: Route) =>
      log.error({ err: error.cause, route: route.name }, 'a request failed unexpectedly'),
  }
}
