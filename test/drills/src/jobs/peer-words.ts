import type { PlannedJob, Rhythm } from './plan.js'

/** What a worker of the peer is started with. */
export interface PeerWorkerEnv {
  dc: string
  redisPort: number
  /** One line of JSON for each run. */
  runsFile: string
}

export interface ToldRun {
  job: string
  shard: number
  dc: string
  atMs: number
  ranAtMs: number
}

export const queueName = 'drill-jobs'

/** The same jobs on the peer's grid: a cron pattern knows whole seconds. */
export const onWholeSeconds = (jobs: readonly PlannedJob[]): PlannedJob[] =>
  jobs.map((job) => ({ ...job, rhythm: wholeSeconds(job.rhythm) }))

/** With seconds first. What comes more than once a minute names each of its seconds, for `every` keeps no phase. */
export function toPattern(rhythm: Rhythm): string {
  const { everyMs, phaseMs } = wholeSeconds(rhythm)
  const seconds = Array.from({ length: 60_000 / everyMs }, (_, i) => (phaseMs + i * everyMs) / 1_000)
  return `${seconds.join(',')} * * * * *`
}

const wholeSeconds = ({ everyMs, phaseMs }: Rhythm): Rhythm => ({
  everyMs,
  phaseMs: Math.floor(phaseMs / 1_000) * 1_000,
})
