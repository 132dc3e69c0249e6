import type { ChangeBus } from '@gala/bus'
import type { Cache, ConsistencyChecker, Inspection } from '@gala/cache'
import type { CacheReport } from '@gala/contracts'
import { Histogram } from 'prom-client'
import type { AppContext } from './context.js'
import { collected, gauged } from './metrics.js'

const previewMax = 2_000

interface Reported {
  bus: ChangeBus
  cache: Cache
  checker?: ConsistencyChecker
  /** How a value is shown to people; as JSON when left out. */
  preview?: (value: never) => string
}

/** Metrics and `/cachez` of an app's cache and bus. */
export function reportCache(context: AppContext, reported: Reported): void {
  cacheMetrics(context, reported)
  context.reports.cache = (key) => reportOf(context, reported, key)
}

/** Seconds since what memory held was read from its source, over a sample of the reads. */
export function ageHistogram({ metrics }: AppContext): (kind: string, ageMs: number | undefined) => void {
  const age = new Histogram({
    name: 'gala_cache_age_seconds',
    help: 'Age of what a read found in memory, of a sample of the reads',
    labelNames: ['kind'],
    buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 120, 600],
    registers: [metrics],
  })
  return (kind, ageMs) => {
    if (ageMs !== undefined) age.observe({ kind }, Math.max(0, ageMs) / 1000)
  }
}

function cacheMetrics({ metrics, clock }: AppContext, { bus, cache, checker }: Reported) {
  const outcomes = 'What reads were answered from, and what happened on the way'
  collected(metrics, 'gala_cache_outcomes_total', outcomes, ['kind', 'outcome'], function* () {
    for (const [kind, { loadMs: _, ...counts }] of cache.counts)
      for (const [outcome, value] of Object.entries(counts)) yield [{ kind, outcome }, value]
  })
  const loading = 'Time spent in loads from the source'
  collected(metrics, 'gala_cache_load_seconds_total', loading, ['kind'], function* () {
    for (const [kind, { loadMs }] of cache.counts) yield [{ kind }, loadMs / 1000]
  })
  const repairs = 'Gaps in the change bus, and how they ended'
  collected(metrics, 'gala_bus_repairs_total', repairs, ['what'], function* () {
    for (const [what, value] of Object.entries(bus.counts)) yield [{ what }, value]
  })
  gauged(metrics, 'gala_cache_bytes', 'Memory of cached values', () => cache.size.bytes)
  gauged(metrics, 'gala_cache_entries', 'Cached values', () => cache.size.entries)
  gauged(metrics, 'gala_cache_loading', 'Loads under way', () => cache.size.loading)
  gauged(metrics, 'gala_cache_hot_keys', 'Keys kept and renewed because they are read most', () => cache.hot.length)
  gauged(metrics, 'gala_bus_live', '1 while it is known that no change of the last second was missed', () =>
    bus.live ? 1 : 0,
  )
  gauged(metrics, 'gala_bus_position', 'Position of the newest change applied', () => bus.appliedPosition)
  gauged(
    metrics,
    'gala_bus_vouched_age_seconds',
    'How long ago it was known that no change was missed',
    () => Math.max(0, clock.monotonicMs() - bus.vouchedAtMs) / 1000,
  )
  if (!checker) return
  const checks = 'Comparisons of sampled reads with the source'
  collected(metrics, 'gala_cache_checks_total', checks, ['outcome'], function* () {
    for (const [outcome, value] of Object.entries(checker.outcomes)) yield [{ outcome }, value]
  })
  gauged(
    metrics,
    'gala_cache_wrong_per_billion_reads',
    'Wrong answers among 10^9 checked',
    () => checker.wrongPerBillion ?? 0,
  )
}

function reportOf(
  context: AppContext,
  { bus, cache, checker, preview }: Reported,
  key: string | undefined,
): CacheReport {
  const { app, config, clock } = context
  const vouchedAgoMs = Math.round(clock.monotonicMs() - bus.vouchedAtMs)
  return {
    app,
    dc: config.GALA_DC,
    instance: config.GALA_INSTANCE,
    bus: {
      live: bus.live,
      vouchedAgoMs: Number.isFinite(vouchedAgoMs) ? Math.max(0, vouchedAgoMs) : null,
      appliedPosition: bus.appliedPosition,
      announcedPosition: bus.announcedPosition,
      floor: bus.floor,
      ...bus.counts,
    },
    memory: cache.size,
    kinds: [...cache.counts].map(([kind, counts]) => ({ kind, ...counts, loadMs: Math.round(counts.loadMs) })),
    hot: cache.hot,
    checks: checker ? { ...checker.outcomes } : null,
    ...(key !== undefined && { entry: entryOf(cache.inspect(key), preview as Show) }),
  }
}

type Show = ((value: unknown) => string) | undefined

function entryOf(held: Inspection | undefined, show: Show): CacheReport['entry'] {
  if (!held) return null
  const { value, asOfMs, kind, state, position, tags, bytes, hot } = held
  const preview = (show?.(value) ?? JSON.stringify(value) ?? '').slice(0, previewMax)
  return { kind, state, position, asOf: new Date(asOfMs).toISOString(), tags: [...tags], bytes, hot, preview }
}
