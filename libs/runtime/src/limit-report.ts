import type { LimitReport } from '@gala/contracts'
import type { AppContext } from './context.js'
import { collected, gauged } from './metrics.js'

/** Metrics of an app's limits, and what `/resiliencez` says of them. */
export function reportLimits(context: AppContext, read: () => LimitReport[]): void {
  context.reports.limits = read
  const decided = 'What limits decided'
  collected(context.metrics, 'gala_limit_decisions_total', decided, ['limit', 'outcome'], function* () {
    for (const { name: limit, admitted, refused } of read()) {
      yield [{ limit, outcome: 'admitted' }, admitted]
      yield [{ limit, outcome: 'refused' }, refused]
    }
  })
  const trips = 'Asks for blocks of the data centre’s budget'
  collected(context.metrics, 'gala_limit_trips_total', trips, ['limit'], function* () {
    for (const { name: limit, trips: value } of read()) yield [{ limit }, value]
  })
  const sum = (of: (report: LimitReport) => number) => read().reduce((all, report) => all + of(report), 0)
  gauged(context.metrics, 'gala_limit_keys', 'Keys that limits count for in memory', () => sum(({ keys }) => keys))
  gauged(context.metrics, 'gala_limits_alone', 'Limits whose budget cannot be asked', () =>
    sum(({ alone }) => (alone ? 1 : 0)),
  )
}
