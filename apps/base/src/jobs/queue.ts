import type { SlotReason } from '@gala/contracts'
import { type Job, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Definition, SlotKey } from './ledger.js'
import { slotName } from './ledger.js'

/** What BullMQ carries: which slot, which attempt of it, and what is to be done. The truth about slot and attempt is in the ledger. */
export interface Handed {
  key: SlotKey
  attempt: number
  job: Pick<Definition, 'id' | 'event' | 'step' | 'handler' | 'params' | 'policy'>
}

/** What a worker made of it. `gone`: somebody else has the slot, or it is over. */
export type Taken = { state: 'gone' | 'ok' | 'failed' | 'due'; reason: SlotReason | null; detail: string | null }

export interface QueueOptions {
  name: string
  /** Fails fast: what cannot be put into the queue is run by whoever wanted to. */
  redis: Redis
  /** Waits for as long as it takes. */
  waiting: Redis
  keyPrefix: string
  concurrency: number
  /** Begun by all processes of the data centre in a second, at most. */
  perSecondMax: number
  take: (handed: Handed, progress: (progress: object) => void) => Promise<Taken>
  onError: (error: unknown) => void
}

const kept = { age: 3_600, count: 1_000 }

/** The queue of one data centre's slots: BullMQ brings them to whichever process is free, no faster than allowed. */
export class SlotQueue {
  readonly queue: Queue<Handed, Taken>
  readonly #worker: Worker<Handed, Taken>

  constructor(options: QueueOptions) {
    const { redis, waiting, onError, concurrency, perSecondMax } = options
    // One hash slot, so that it works in a cluster.
    const prefix = `{${options.keyPrefix}jobs}`
    this.queue = new Queue(options.name, {
      connection: redis as never,
      prefix,
      // Tried again is what the ledger says, which a Redis that comes back empty has not forgotten.
      defaultJobOptions: { attempts: 1, removeOnComplete: kept, removeOnFail: kept },
    })
    this.#worker = new Worker<Handed, Taken>(options.name, (job) => work(job, options), {
      connection: waiting as never,
      prefix,
      concurrency,
      limiter: { max: perSecondMax, duration: 1_000 },
      // One that comes back after its worker has died is no longer the newest attempt, and is dropped.
      maxStalledCount: 1,
    })
    this.queue.on('error', onError)
    this.#worker.on('error', onError)
  }

  /** Rejects when Redis does not answer. */
  async add(handed: Handed): Promise<void> {
    await this.queue.add(handed.job.handler, handed, {
      jobId: `${slotName(handed.key).replaceAll(':', '-')}#${handed.attempt}`,
    })
  }

  /** Takes nothing more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    await this.#worker.close()
  }

  async close(): Promise<void> {
    await this.queue.close()
  }
}

async function work(job: Job<Handed, Taken>, { take, onError }: QueueOptions): Promise<Taken> {
  const taken = await take(job.data, (progress) => void job.updateProgress(progress).catch(onError))
  if (taken.state === 'failed') throw new Error(`${taken.reason}: ${taken.detail}`)
  return taken
}
