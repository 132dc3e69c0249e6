import { type Change, changeSchema, parseStored } from '@gala/contracts'
import { type Clock, randomId } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { type ChangeBus, type PushedValue, pushLengthMax } from './bus.js'
import { FollowedBus } from './followed-bus.js'
import { Follower } from './follower.js'
import type { Keyspace } from './keyspace.js'
import { connectRedis, keyspaceOf } from './redis-client.js'
import { sendMessage } from './redis-pusher.js'
import { announceScript, forgetScript, markScript, raiseScript } from './redis-scripts.js'
import { Subscription } from './subscription.js'

export interface RedisBusOptions {
  /** One of the forms of `RedisAddress`. */
  redisUrl: string
  keyPrefix: string
  clock: Clock
  /** Told of connection faults and unreadable messages; the bus itself goes on. */
  onError: (error: unknown) => void
}

/** Longer than any value of the shared tier lives (an hour), so that none outlives the fence that ends it. */
const fenceLifetimeS = 2 * 3600
/** Changes that can be read again: an hour of a change a second, about 1 MB. */
const ringLength = 4096
const readAgainMax = 1000
/** Keys a script gets at a time; Lua's own limit is some 8,000. */
const keysMax = 1000
const echoMs = 1000

const heartbeatSchema = z.object({ position: z.int().min(0), run: z.string().max(64).nullable(), asOfMs: z.number() })
const messageSchema = z.union([
  changeSchema,
  z.object({ heartbeat: heartbeatSchema }),
  z.object({ value: z.object({ key: z.string().max(512), raw: z.string().max(pushLengthMax) }) }),
  z.object({ echo: z.string().max(64) }),
])

/** The bus on a Redis, one behind Sentinels, or a cluster. */
export class RedisBus extends FollowedBus implements ChangeBus {
  protected readonly follower: Follower
  readonly #keys: Keyspace
  readonly #lanes: readonly number[]
  readonly #redis: Redis
  readonly #subscription: Subscription
  readonly #run = randomId()
  readonly #echoes = new Map<string, () => void>()

  constructor(private readonly options: RedisBusOptions) {
    super()
    const { redisUrl, keyPrefix, clock, onError } = options
    this.#keys = keyspaceOf(redisUrl, keyPrefix)
    this.#lanes = Array.from({ length: this.#keys.lanes }, (_, lane) => lane)
    this.follower = new Follower(clock, (after, upTo) => this.#readAgain(after, upTo))
    this.#redis = connectRedis(redisUrl, onError)
    this.#subscription = new Subscription(redisUrl, this.#keys.channel, (text) => this.#take(text), clock, onError)
  }

  async publish(changes: readonly Change[]) {
    await this.#raiseElsewhere(changes)
    // Without waiting for each answer: after a cut there are thousands, and one connection keeps their order.
    const sent = await Promise.allSettled(changes.map((change) => this.#announce(change)))
    const failed = sent.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }

  async heartbeat(position: number, asOfMs = this.options.clock.monotonicMs()) {
    // A lane whose node is away is not believed while it lacks the mark; the others go on. The first one carries the message.
    await Promise.allSettled(this.#lanes.slice(1).map((lane) => this.#mark(lane, position, '')))
    await this.#mark(0, position, JSON.stringify({ heartbeat: { position, run: this.#run, asOfMs } }))
  }

  async forget(position: number) {
    await Promise.all(this.#lanes.map((lane) => this.#redis.eval(forgetScript, 1, this.#keys.floor(lane), position)))
  }

  async announced() {
    const position = await this.#redis.get(this.#keys.announced(0))
    return position === null ? undefined : Number(position)
  }

  async push(value: PushedValue) {
    await sendMessage(this.#redis, this.#keys, { value })
  }

  async echo() {
    const id = randomId()
    const late = new AbortController()
    const back = new Promise<boolean>((resolve) => {
      this.#echoes.set(id, () => resolve(true))
    })
    try {
      await sendMessage(this.#redis, this.#keys, { echo: id })
      const came = await Promise.race([back, this.options.clock.sleep(echoMs, late.signal).then(() => false)])
      if (!came) throw new Error('a message sent on the bus has not come back')
    } finally {
      late.abort()
      this.#echoes.delete(id)
    }
  }

  async close() {
    this.#subscription.close()
    this.#redis.disconnect()
  }

  /** In a cluster: raises the fences that live in other lanes, before anybody hears of the changes. */
  async #raiseElsewhere(changes: readonly Change[]) {
    if (this.#keys.lanes === 1) return
    const fences = new Map<number, [key: string, position: number][]>()
    for (const { tags, position } of changes)
      for (const tag of tags) {
        const lane = this.#keys.laneOf(tag)
        if (lane === 0) continue
        const its = fences.get(lane) ?? []
        its.push([this.#keys.fence(tag), position])
        fences.set(lane, its)
      }
    await Promise.all([...fences.values()].flatMap((its) => chunks(its, keysMax).map((some) => this.#raise(some))))
  }

  async #raise(fences: readonly [key: string, position: number][]) {
    const keys = fences.map(([key]) => key)
    await this.#redis.eval(raiseScript, keys.length, ...keys, fenceLifetimeS, ...fences.map(([, position]) => position))
  }

  async #announce(change: Change) {
    const own = change.tags.filter((tag) => this.#keys.laneOf(tag) === 0)
    const keys = [this.#keys.ring, ...own.map((tag) => this.#keys.fence(tag))]
    const args = [change.position, fenceLifetimeS, this.#keys.channel, JSON.stringify(change), ringLength]
    await this.#redis.eval(announceScript, keys.length, ...keys, ...args)
  }

  async #mark(lane: number, position: number, payload: string) {
    const keys = [this.#keys.floor(lane), this.#keys.run(lane), this.#keys.announced(lane)]
    await this.#redis.eval(markScript, keys.length, ...keys, position, this.#keys.channel, payload)
  }

  async #readAgain(after: number, upTo: number): Promise<Change[]> {
    const entries = await this.#redis.xrange(this.#keys.ring, `${after + 1}-0`, `${upTo}-0`, 'COUNT', readAgainMax)
    return entries.flatMap(([, [, payload]]) => parseStored(changeSchema, payload ?? '') ?? [])
  }

  #take(payload: string) {
    const message = parseStored(messageSchema, payload)
    if (!message) return this.options.onError(new Error('a message on the bus cannot be read'))
    if ('heartbeat' in message) this.follower.receiveHeartbeat(message.heartbeat)
    else if ('value' in message) this.takePushed(message.value)
    else if ('echo' in message) this.#echoes.get(message.echo)?.()
    else this.follower.receive(message)
  }
}

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
