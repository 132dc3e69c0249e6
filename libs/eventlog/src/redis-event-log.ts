import { connectRedis } from '@gala/bus'
import { type Clock, randomHex } from '@gala/kernel'
import type { Redis } from 'ioredis'
import {
  type Bounds,
  type EventLog,
  LogFull,
  type LoggedRun,
  LogUnreachable,
  partOf,
  type Run,
  type Topic,
  Trimmed,
  topics,
  waitMsMax,
} from './event-log.js'
import * as scripts from './redis-scripts.js'
import { checked } from './rules.js'
import { Turns } from './turns.js'
import { WaitingConnections } from './waiting-connections.js'

export interface RedisEventLogOptions {
  /** One of the forms of `RedisAddress`. It has to be one that evicts nothing. */
  redisUrl: string
  keyPrefix: string
  parts: number
  /** Bytes of lines in all parts of all topics together; each part has an equal share, and holds one run whatever its share. */
  bytesMax?: number
  clock: Clock
  /** Told of connection faults; the log itself goes on. */
  onError: (error: unknown) => void
  commandTimeoutMs?: number
}

/** An eighth of what the Redis of a data centre may hold: rooms and copies live there as well. */
const logBytesMax = 32 * 1024 * 1024
/** How soon it is waited again after a connection for that has failed. */
const againMs = 100

type Field = Buffer
type Entry = [id: Field, values: Field[]]

/** A log in the data centre's Redis. What is kept where, and what becomes of it: `docs/decisions/0028-event-log.md`. */
export class RedisEventLog implements EventLog {
  readonly parts: number
  readonly #redis: Redis
  readonly #waiting: WaitingConnections
  readonly #turns = new Turns()
  readonly #partBytesMax: number
  #closed = false

  constructor(private readonly options: RedisEventLogOptions) {
    const { redisUrl, parts, bytesMax = logBytesMax, clock, onError, commandTimeoutMs = 2_000 } = options
    this.parts = parts
    this.#partBytesMax = Math.floor(bytesMax / (topics.length * parts))
    this.#redis = connectRedis(redisUrl, onError, commandTimeoutMs)
    this.#waiting = new WaitingConnections({
      redisUrl,
      clock,
      onError,
      idleMax: topics.length * parts,
      commandTimeoutMs,
    })
  }

  async append(topic: Topic, run: Run): Promise<number> {
    checked(run)
    const part = partOf(run.source, this.parts)
    return this.#turns.take(`${topic}.${part}`, async () => {
      const { source, from, to, count, lines } = run
      const args = [this.#partBytesMax, lines.length, source, from, to, count, lines]
      const [offset, held] = await this.#run<[number, number]>(scripts.append, topic, part, args)
      if (offset < 0) throw new LogFull(`${topic}.${part} holds ${held} bytes that nobody has read`)
      return offset
    })
  }

  async read(topic: Topic, part: number, from: number, bytesMax: number, waitMs: number, epoch?: string) {
    const { clock } = this.options
    const untilMs = clock.monotonicMs() + Math.min(waitMs, waitMsMax)
    for (;;) {
      const found = await this.#read(topic, part, from, bytesMax, epoch)
      const leftMs = untilMs - clock.monotonicMs()
      if (found.length > 0 || leftMs <= 0) return found
      await this.#wait(this.#keys(topic, part)[2], from, leftMs)
    }
  }

  async bounds(topic: Topic, part: number): Promise<Bounds> {
    const [epoch, first, next] = await this.#run<[Field, number, number]>(scripts.bounds, topic, part, [])
    return { first, next, epoch: epoch.toString() }
  }

  async release(topic: Topic, part: number, before: number, epoch = '') {
    await this.#run(scripts.release, topic, part, [epoch, before])
  }

  async close() {
    this.#closed = true
    this.#redis.disconnect()
    this.#waiting.close()
  }

  async #read(topic: Topic, part: number, from: number, bytesMax: number, epoch = ''): Promise<LoggedRun[]> {
    type Reply = [readable: number, epoch: Field, first: number, next: number, entries: Entry[]]
    const [readable, now, first, , entries] = await this.#run<Reply>(scripts.read, topic, part, [epoch, from, bytesMax])
    if (readable === 0) throw new Trimmed(first, now.toString())
    return entries.map(([id, values]) => loggedRun(id, values))
  }

  /** A connection for waiting that breaks, or does not come about, is no failure while the log itself answers. */
  async #wait(sizes: string, from: number, waitMs: number) {
    try {
      await this.#waiting.until(sizes, `${from}-0`, waitMs)
    } catch (error) {
      this.options.onError(error)
      await this.options.clock.sleep(Math.min(waitMs, againMs))
    }
  }

  /** Everything of a part is in one slot of a cluster, so that a script may touch all of it. */
  #keys(topic: Topic, part: number): [string, string, string] {
    const key = `${this.options.keyPrefix}log:{${topic}.${part}}`
    return [`${key}:part`, `${key}:runs`, `${key}:sizes`]
  }

  #run<T>(script: scripts.Script, topic: Topic, part: number, args: readonly (string | number | Buffer)[]): Promise<T> {
    const keys = this.#keys(topic, part)
    return this.#guarded(() => scripts.runScript<T>(this.#redis, script, keys, [randomHex(8), ...args]))
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new LogUnreachable('the event log is closed')
    try {
      return await work()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message.includes('OOM command not allowed')) throw new LogFull('Redis has no memory left', { cause: error })
      throw new LogUnreachable(`the event log in Redis: ${message}`, { cause: error })
    }
  }
}

function loggedRun(id: Field, [, source, , from, , to, , count, , lines]: Field[]): LoggedRun {
  if (!source || !lines) throw new Error(`entry ${id} is not a run`)
  return {
    offset: Number.parseInt(id.toString(), 10) - 1,
    source: source.toString(),
    from: Number(from),
    to: Number(to),
    count: Number(count),
    lines,
  }
}
