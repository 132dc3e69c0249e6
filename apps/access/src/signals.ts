import type { AppError, Route } from '@gala/contracts'
import type { RetryBudget } from '@gala/resilience'
import { ageHistogram, collected } from '@gala/runtime'
import { Counter } from 'prom-client'
import type { AccessContext } from './access.config.js'

/** What access tells of itself: a count for everything, a log line only for what changes or should not be. */
export function accessSignals(context: AccessContext) {
  const { metrics, log } = context
  const ageServed = ageHistogram(context)
  const count = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers: [metrics] })
  const upstreamFailures = count('gala_upstream_failures_total', 'Attempts at an application instance that failed')
  const hedges = count('gala_upstream_hedges_total', 'Reads asked of a second instance because the first took long')
  const redisFailures = count('gala_redis_failures_total', 'Redis connections or commands that failed')
  const snapshotFailures = count('gala_snapshot_failures_total', 'Snapshots that could not be written or read')
  return {
    ageServed,
    upstreamFailed: () => upstreamFailures.inc(),
    hedged: () => hedges.inc(),
    secondAttempts: ({ counts }: RetryBudget) =>
      collected(
        metrics,
        'gala_upstream_attempts_total',
        'Attempts, and those the budget refused',
        ['what'],
        function* () {
          for (const [what, value] of Object.entries(counts)) yield [{ what }, value]
        },
      ),
    // The load's refusal reaches the caller or is covered by a copy; the outcome counter holds it.
    loadFailed: () => {},
    redisFailed: () => redisFailures.inc(),
    snapshotFailed: (err: unknown) => {
      snapshotFailures.inc()
      log.warn({ err }, 'a snapshot could not be kept')
    },
    failedUnexpectedly: (error: AppError, route: Route) =>
      log.error({ err: error.cause, route: route.name }, 'a request failed unexpectedly'),
  }
}
