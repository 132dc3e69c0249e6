import { appendFileSync } from 'node:fs'
import { type Job, Queue, Worker } from 'bullmq'
import { type PeerWorkerEnv, queueName, type ToldRun, toPattern } from './peer-words.js'
import { type PlannedJob, planJobs, timeZone } from './plan.js'

/** What a job of a scheduler carries. */
interface Data {
  job: string
  shard: number
  flaky: boolean
}

const atOnce = 50

/**
 * A process as a team would write it from the documentation of BullMQ: at its start it upserts every job scheduler, then works.
 * What a run does is a line in a file, which outlives the process.
 */

// A drill that was killed leaves nobody behind.
process.once('disconnect', () => process.exit())
const env = JSON.parse(process.argv[2] ?? '{}') as PeerWorkerEnv
const connection = { host: '127.0.0.1', port: env.redisPort }
const queue = new Queue<Data>(queueName, { connection })
const worker = new Worker<Data>(queueName, run, { connection, concurrency: atOnce })
// Without a listener an error of the connection would end the process.
queue.on('error', () => {})
worker.on('error', () => {})
const left = planJobs().flatMap((job) => Array.from({ length: job.shards }, (_, shard) => ({ job, shard })))
await Promise.all(Array.from({ length: atOnce }, upsertAll))
process.send?.('ready', undefined, undefined, () => {})

async function upsertAll() {
  for (let next = left.shift(); next; next = left.shift()) await upsert(next.job, next.shard)
}

/** A failed run is tried again; what is done is not kept for ever. */
async function upsert({ id, flaky, rhythm }: PlannedJob, shard: number) {
  const opts = {
    attempts: 10,
    backoff: { type: 'fixed', delay: 500 },
    removeOnComplete: { count: 1_000 },
    removeOnFail: { age: 24 * 3_600 },
  }
  const data = { job: id, shard, flaky }
  await queue.upsertJobScheduler(
    `${id}-${shard}`,
    { pattern: toPattern(rhythm), tz: timeZone },
    { name: 'mark', data, opts },
  )
}

async function run({ id, data, attemptsMade }: Job<Data>) {
  if (data.flaky && attemptsMade === 0) throw new Error('fails the first time')
  // The id of a scheduler's job ends in the moment it was due.
  const atMs = Number(id?.split(':').at(-1))
  const told: ToldRun = { job: data.job, shard: data.shard, dc: env.dc, atMs, ranAtMs: Date.now() }
  appendFileSync(env.runsFile, `${JSON.stringify(told)}\n`)
}
