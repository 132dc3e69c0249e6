import { type Change, changeSchema, parseStored } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { type BusSubscriber, type ChangeBus, fenceKey } from './bus.js'
import { Follower } from './follower.js'
import { connectRedis } from './redis-client.js'

export interface RedisBusOptions {
  redisUrl: string
  keyPrefix: string
  clock: Clock
  /** Told of connection faults and unreadable messages; the bus itself goes on. */
  onError: (error: unknown) => void
}

/**
 * Raises the fence of each tag to the position, then announces the change: one step, so that whoever hears of it finds
 * the fences raised.
 *
 * KEYS[1..n]  fence keys        ARGV[1] position  ARGV[2] fence lifetime in s  ARGV[3] channel  ARGV[4] payload
 */
const publishScript = `
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') < tonumber(ARGV[1]) then
    redis.call('SET', key, ARGV[1], 'EX', ARGV[2])
  end
end
return redis.call('PUBLISH', ARGV[3], ARGV[4])`

/** Longer than any value of the shared tier lives (a minute today), so that none outlives the fence that ends it. */
const fenceLifetimeS = 2 * 3600

const messageSchema = z.union([changeSchema, z.object({ heartbeat: z.int().min(0) })])

export class RedisBus implements ChangeBus {
  readonly #follower: Follower
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #channel: string

  constructor(private readonly options: RedisBusOptions) {
    this.#follower = new Follower(options.clock)
    this.#channel = `${options.keyPrefix}changes`
    this.#publisher = connectRedis(options.redisUrl, options.onError)
    this.#subscriber = connectRedis(options.redisUrl, options.onError)
    this.#subscriber.on('message', (_channel: string, payload: string) => this.#take(payload))
    // Subscribing by hand at every 'ready' instead of letting the client do it: each new connection starts with a gap.
    this.#subscriber.on('ready', () => {
      this.#subscriber.subscribe(this.#channel).then(() => this.#follower.suspect(), options.onError)
    })
  }

  get live() {
    return this.#follower.live
  }

  get appliedPosition() {
    return this.#follower.position
  }

  async publish(change: Change) {
    const keys = change.tags.map((tag) => fenceKey(this.options.keyPrefix, tag))
    await this.#publisher.eval(
      publishScript,
      keys.length,
      ...keys,
      change.position,
      fenceLifetimeS,
      this.#channel,
      JSON.stringify(change),
    )
  }

  async heartbeat(position: number) {
    await this.#publisher.publish(this.#channel, JSON.stringify({ heartbeat: position }))
  }

  subscribe(subscriber: BusSubscriber) {
    return this.#follower.add(subscriber)
  }

  async close() {
    this.#subscriber.disconnect()
    this.#publisher.disconnect()
  }

  #take(payload: string) {
    const message = parseStored(messageSchema, payload)
    if (!message) return this.options.onError(new Error('a message on the bus cannot be read'))
    if ('heartbeat' in message) this.#follower.receiveHeartbeat(message.heartbeat)
    else this.#follower.receive(message)
  }
}
