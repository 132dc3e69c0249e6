import type { Schedule } from '@gala/contracts'
import type { OpsClient } from '@gala/sdk'

/** Due at `phaseMs`, and every `everyMs` before and after that, counted from the hour 00:00 UTC of 1970. */
export interface Rhythm {
  everyMs: number
  phaseMs: number
}

/** A job of the drill: what it needs to be saved, and what it needs to be foretold. */
export interface PlannedJob {
  id: string
  sort: Sort
  rhythm: Rhythm
  /** Said to the platform as a cron expression; every minute is the same moment in every zone the drill uses. */
  cron: boolean
  scope: 'global' | 'dc'
  shards: number
  /** Every slot fails at the first attempt, and has to be run again. */
  flaky: boolean
}

type Sort = 'steady' | 'quick' | 'cron' | 'sharded' | 'local' | 'flaky'

/** The request that saves a job. */
export type JobBody = Parameters<OpsClient['jobs']['save']>[0]['body']

export const idPrefix = 'drill-jobs-'
export const timeZone = 'Asia/Shanghai'
const minuteMs = 60_000
/** No slot of the drill may be given up because it is late: what is not run is missing, whatever the reason. */
const graceMs = 3_600_000

/** How many of a thousand, and how they differ from an ordinary one. */
const sorts: readonly (Pick<PlannedJob, 'sort'> & Partial<PlannedJob> & { count: number; everyMs: number })[] = [
  { sort: 'steady', count: 780, everyMs: 30_000 },
  { sort: 'quick', count: 40, everyMs: 10_000 },
  { sort: 'cron', count: 60, everyMs: minuteMs, cron: true },
  { sort: 'sharded', count: 40, everyMs: 30_000, shards: 4 },
  { sort: 'local', count: 40, everyMs: 30_000, scope: 'dc' },
  { sort: 'flaky', count: 40, everyMs: 30_000, flaky: true },
]

/** A thousand jobs; those of a sort are spread evenly over the time between two slots. */
export function planJobs(): PlannedJob[] {
  return sorts.flatMap(({ count, everyMs, ...more }) =>
    Array.from({ length: count }, (_, i) => ({
      id: `${idPrefix}${more.sort}-${i + 1}`,
      cron: false,
      scope: 'global' as const,
      shards: 1,
      flaky: false,
      ...more,
      rhythm: { everyMs, phaseMs: more.cron ? cronSecond(i, count) * 1_000 : Math.floor((i * everyMs) / count) },
    })),
  )
}

/** Every third falls on the full minute, as people write them: these all come at once. */
const cronSecond = (i: number, count: number) => (i % 3 === 0 ? 0 : Math.floor((i * 60) / count))

/** `nowMs`: its first slots lie before it, so that nothing has to wait for the rhythm to begin. */
export function bodyOf(job: PlannedJob, i: number, nowMs: number): JobBody {
  return {
    title: `Drill ${job.sort} ${i + 1}`,
    schedule: scheduleOf(job, nowMs),
    handler: job.flaky ? 'rehearse' : 'mark',
    params: job.flaky ? { how: 'flaky', times: 1 } : {},
    policy: {
      misfire: misfires[i % misfires.length] ?? misfires[0],
      graceMs,
      overlap: overlapOf(job, i),
      timeoutMs: 20_000,
      // Every kill of the process that runs a slot may cost an attempt of it.
      retries: { max: 10, backoffMs: 500 },
      scope: job.scope,
      shards: job.shards,
    },
    reason: 'drill',
    expectedVersion: 0,
  }
}

/** With such a grace none of them may change what is run. */
const misfires = [
  { policy: 'all', max: 1_000 },
  { policy: 'window', windowMs: graceMs },
  { policy: 'all', max: 1_000 },
  { policy: 'once' },
] as const

/**
 * A run takes milliseconds. Of a job that comes every ten seconds, or whose data centre is paused for as long as its slots are
 * apart, two may be due at once; of the others never.
 */
const overlapOf = ({ sort }: PlannedJob, i: number) =>
  sort === 'steady' ? (['parallel', 'queue-one', 'skip'] as const)[i % 3] : 'parallel'

function scheduleOf({ cron, rhythm: { everyMs, phaseMs } }: PlannedJob, nowMs: number): Schedule {
  if (!cron) {
    const fromMs = (Math.floor(nowMs / everyMs) - 1) * everyMs + phaseMs
    return { kind: 'interval', everyMs, from: new Date(fromMs).toISOString() }
  }
  const second = phaseMs / 1_000
  return { kind: 'cron', expression: second === 0 ? '* * * * *' : `${second} * * * * *`, timeZone }
}
