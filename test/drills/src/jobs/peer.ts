import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { pause } from '../faults.js'
import { type Figure, told } from '../report.js'
import type { Rig } from '../rig.js'
import { carryOut, type Hands, pauseMsOf, planFaults } from './fault-plan.js'
import { restartEmpty } from './our-faults.js'
import { countPeer, type PeerFindings } from './peer-count.js'
import { onWholeSeconds, type PeerWorkerEnv, queueName, type ToldRun } from './peer-words.js'
import { planJobs } from './plan.js'

const workersPerDc = 2
/** As a supervisor brings a process back. */
const backAfterMs = 500
/** A run of a worker that died is found after 30 s, and looked for every 30 s. */
const settleMs = 65_000
/** Schedulers that were just upserted have run by then. */
const warmMs = 5_000

/**
 * The same jobs with BullMQ alone: job schedulers in the Redis of each data centre, two worker processes there, the same faults at
 * the same times. There is no writer to move. Resolves to how many slots were run never, twice, and without anybody knowing.
 */
export async function peerFigures(rig: Rig, seconds: number, say: (line: string) => void): Promise<Figure[]> {
  const parts = rig.status.dcs.flatMap((dc) => dc.parts).filter(({ kind }) => kind !== 'redis')
  await Promise.all(parts.map(({ name }) => rig.client.part('stop', name)))
  const dir = join(rig.stateDir, 'peer')
  await mkdir(dir, { recursive: true })
  const places = await Promise.all(rig.status.dcs.map(({ id, redis }) => emptied(id, redis)))
  const workers = places.flatMap((place) =>
    Array.from(
      { length: workersPerDc },
      (_, i) => new PeerWorker({ ...place, runsFile: join(dir, `${place.dc}-${i}`) }),
    ),
  )
  try {
    await Promise.all(workers.map(({ ready }) => ready))
    say(`BullMQ alone, for ${seconds} s`)
    await pause(warmMs)
    const fromMs = Date.now()
    const undone = await carryOut(planFaults(seconds), seconds, handsOn(rig, workers, pauseMsOf(seconds), say))
    for (const why of undone) say(`a fault could not be made: ${why}`)
    const span = { fromMs, toMs: fromMs + seconds * 1_000 }
    say('waiting for what stalled')
    await pause(settleMs)
    const traces = new Map(await Promise.all(places.map(async (place) => [place.dc, await tracesAt(place)] as const)))
    const runs = (await Promise.all(workers.map(({ env }) => runsIn(env.runsFile)))).flat()
    const dcs = places.map(({ dc }) => dc)
    return figuresOf(countPeer(onWholeSeconds(planJobs()), dcs, span, runs, traces), seconds)
  } finally {
    for (const worker of workers) worker.end()
  }
}

type Place = Pick<PeerWorkerEnv, 'dc' | 'redisPort'>

/** A worker process that is started again whenever it ends. */
class PeerWorker {
  readonly ready: Promise<void>
  #child: ChildProcess
  #wanted = true

  constructor(readonly env: PeerWorkerEnv) {
    this.#child = this.#start()
    this.ready = new Promise((ready) => this.#child.once('message', () => ready()))
  }

  signal(signal: NodeJS.Signals) {
    this.#child.kill(signal)
  }

  end() {
    this.#wanted = false
    this.signal('SIGKILL')
  }

  #start(): ChildProcess {
    const args = [JSON.stringify(this.env)]
    const child = fork(join(import.meta.dirname, 'peer-worker.js'), args, { env: { ...process.env, NODE_OPTIONS: '' } })
    child.once('exit', () => {
      setTimeout(() => {
        if (this.#wanted) this.#child = this.#start()
      }, backAfterMs)
    })
    return child
  }
}

async function emptied(dc: string, url: string): Promise<Place> {
  const redis = new Redis(url)
  await redis.flushall()
  redis.disconnect()
  return { dc, redisPort: Number(new URL(url).port) }
}

/** All workers are killed in turn, but for those that are paused. */
function handsOn(rig: Rig, workers: readonly PeerWorker[], pauseMs: number, say: (line: string) => void): Hands {
  const [writes = '', other = ''] = rig.status.dcs.map(({ id }) => id)
  let paused = ''
  let turn = 0
  return {
    kill: async () => {
      const going = workers.filter(({ env }) => env.dc !== paused)
      going[turn++ % going.length]?.signal('SIGKILL')
    },
    pause: async () => {
      const theirs = workers.filter(({ env }) => env.dc === other)
      say(`${other} is paused for ${pauseMs / 1_000} s`)
      paused = other
      for (const worker of theirs) worker.signal('SIGSTOP')
      await rig.client.part('pause', `${other}.redis`)
      await pause(pauseMs)
      await rig.client.part('resume', `${other}.redis`)
      for (const worker of theirs) worker.signal('SIGCONT')
      paused = ''
    },
    redis: async () => {
      say(`Redis of ${writes} is killed and starts empty`)
      await restartEmpty(rig, writes)
    },
  }
}

/** Slots of which a job is left that has not ended well. */
async function tracesAt({ redisPort }: Place): Promise<Set<string>> {
  const queue = new Queue(queueName, { connection: { host: '127.0.0.1', port: redisPort } })
  try {
    const jobs = await queue.getJobs(['failed', 'waiting', 'active', 'delayed', 'prioritized'])
    return new Set(jobs.map((job) => String(job?.id).replace(/^repeat:/, '')))
  } finally {
    await queue.close()
  }
}

/** A process that was killed may have been in the middle of its last line. */
async function runsIn(file: string): Promise<ToldRun[]> {
  if (!existsSync(file)) return []
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.endsWith('}'))
  return lines.map((line) => JSON.parse(line) as ToldRun)
}

const figuresOf = (found: PeerFindings, seconds: number): Figure[] =>
  (
    [
      ['slots', found.expected],
      ['slots that never ran', found.neverRan],
      ['slots that ran more than once', found.twice],
      ['of these, in the same data centre', found.twiceInOne],
      ['slots a data centre left out', found.leftOut],
      ['of these, nobody can tell', found.untold],
      ['runs', found.runs],
      ['broken for', seconds],
    ] as const
  ).map(([name, value]) => ({
    ...told(`BullMQ alone: ${name}`, value, name === 'broken for' ? 's' : ''),
    peer: 'bullmq',
  }))
