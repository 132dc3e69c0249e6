import { type Change, changeSchema, parseStored } from '@gala/contracts'
import { type Clock, randomId } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { type ChangeBus, fenceKey, floorKey } from './bus.js'
import { FollowedBus } from './followed-bus.js'
import { Follower, type FollowerSignal } from './follower.js'
import { connectRedis } from './redis-client.js'

export interface RedisBusOptions {
  redisUrl: string
  keyPrefix: string
  clock: Clock
  /** Told of connection faults and unreadable messages; the bus itself goes on. */
  onError: (error: unknown) => void
  onSignal?: (signal: FollowerSignal) => void
}

/**
 * Raises the fence of each tag to the position, keeps the change in the ring and announces it: one step, so that whoever
 * hears of it finds the fences raised and the ring filled. The position is the entry's id in the ring; a change that is
 * sent again, or out of order, is not kept twice (XADD refuses an id that is not ahead).
 *
 * KEYS[1] ring, KEYS[2..n] fences   ARGV[1] position  ARGV[2] fence lifetime in s  ARGV[3] channel  ARGV[4] payload
 * ARGV[5] entries the ring holds
 */
const publishScript = `
for i = 2, #KEYS do
  if tonumber(redis.call('GET', KEYS[i]) or '0') < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[i], ARGV[1], 'EX', ARGV[2])
  end
end
redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], ARGV[1] .. '-0', 'c', ARGV[4])
return redis.call('PUBLISH', ARGV[3], ARGV[4])`

/**
 * Announces the position. A Redis with another run id than last time has been restarted or replaced, and whatever it did
 * not keep is gone without a trace: the floor is raised, so that nothing older is believed.
 *
 * The position is kept in the same step as the floor: a relay that finds none starts at the present, and what it leaves out
 * is below the floor its first heartbeat sets.
 *
 * KEYS[1] floor, KEYS[2] run id, KEYS[3] announced   ARGV[1] position  ARGV[2] channel  ARGV[3] payload
 */
const heartbeatScript = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if redis.call('GET', KEYS[2]) ~= run or redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('SET', KEYS[2], run)
end
if tonumber(redis.call('GET', KEYS[3]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[3], ARGV[1]) end
return redis.call('PUBLISH', ARGV[2], ARGV[3])`

/** Longer than any value of the shared tier lives (a minute today), so that none outlives the fence that ends it. */
const fenceLifetimeS = 2 * 3600
/** Changes that can be read again: an hour of a change a second, about 1 MB. */
const ringLength = 4096
const readAgainMax = 1000

const heartbeatSchema = z.object({ position: z.int().min(0), run: z.string().max(64).nullable(), asOfMs: z.number() })
const messageSchema = z.union([changeSchema, z.object({ heartbeat: heartbeatSchema })])

export class RedisBus extends FollowedBus implements ChangeBus {
  protected readonly follower: Follower
  readonly #publisher: Redis
  readonly #subscriber: Redis
  readonly #channel: string
  readonly #ring: string
  readonly #run = randomId()

  constructor(private readonly options: RedisBusOptions) {
    super()
    this.#channel = `${options.keyPrefix}changes`
    this.#ring = `${options.keyPrefix}ring`
    this.follower = new Follower(options.clock, (after, upTo) => this.#readAgain(after, upTo), options.onSignal)
    this.#publisher = connectRedis(options.redisUrl, options.onError)
    this.#subscriber = connectRedis(options.redisUrl, options.onError)
    this.#subscriber.on('message', (_channel: string, payload: string) => this.#take(payload))
    // By hand at every 'ready': the client's own way would subscribe again only to what it remembers. What passed while
    // the connection was away shows in the next heartbeat.
    this.#subscriber.on('ready', () => {
      this.#subscriber.subscribe(this.#channel).catch(options.onError)
    })
  }

  async publish(change: Change) {
    const { keyPrefix } = this.options
    const keys = [this.#ring, ...change.tags.map((tag) => fenceKey(keyPrefix, tag))]
    const { position } = change
    const args = [position, fenceLifetimeS, this.#channel, JSON.stringify(change), ringLength]
    await this.#publisher.eval(publishScript, keys.length, ...keys, ...args)
  }

  async heartbeat(position: number, asOfMs = this.options.clock.monotonicMs()) {
    const { keyPrefix } = this.options
    const args = [position, this.#channel, JSON.stringify({ heartbeat: { position, run: this.#run, asOfMs } })]
    const keys = [floorKey(keyPrefix), `${keyPrefix}run`, this.#announced]
    await this.#publisher.eval(heartbeatScript, keys.length, ...keys, ...args)
  }

  async announced() {
    const position = await this.#publisher.get(this.#announced)
    return position === null ? undefined : Number(position)
  }

  async close() {
    this.#subscriber.disconnect()
    this.#publisher.disconnect()
  }

  get #announced() {
    return `${this.options.keyPrefix}announced`
  }

  async #readAgain(after: number, upTo: number): Promise<Change[]> {
    const entries = await this.#publisher.xrange(this.#ring, `${after + 1}-0`, `${upTo}-0`, 'COUNT', readAgainMax)
    return entries.flatMap(([, [, payload]]) => parseStored(changeSchema, payload ?? '') ?? [])
  }

  #take(payload: string) {
    const message = parseStored(messageSchema, payload)
    if (!message) return this.options.onError(new Error('a message on the bus cannot be read'))
    if ('heartbeat' in message) this.follower.receiveHeartbeat(message.heartbeat)
    else this.follower.receive(message)
  }
}
