import { openSubscriber } from '@gala/bus'
import type { Clock } from '@gala/kernel'
import type { Redis } from 'ioredis'

/** Nothing need come over these channels for long, so each look asks for an answer. Looks are counted, not time: see `Subscription`. */
const lookEveryMs = 500
const silentLooksMax = 4
const retryMs = 100
/** Channels in one command. */
const channelsMax = 500

interface SubscriptionOptions {
  redisUrl: string
  /** Always listened to. */
  channels: readonly string[]
  clock: Clock
  onMessage: (channel: string, payload: Buffer) => void
  /** Everything is listened to, for the first time or again. */
  onStanding: () => void
  onError: (error: unknown) => void
}

/** A subscription to channels that come and go, over a connection that is replaced when it breaks or leads nowhere. */
export class RoomSubscription {
  readonly #channels: Set<string>
  readonly #stopLooking: () => void
  #redis: Redis | undefined
  #turn = 0
  #silentLooks = 0
  #closed = false

  constructor(private readonly options: SubscriptionOptions) {
    this.#channels = new Set(options.channels)
    this.#open()
    this.#stopLooking = options.clock.every(lookEveryMs, () => this.#look())
  }

  /** Resolves when it is listened to, or at once when there is no connection: it will be with the next. */
  async add(channel: string): Promise<void> {
    this.#channels.add(channel)
    await this.#say((redis) => redis.subscribe(channel))
  }

  async remove(channel: string): Promise<void> {
    this.#channels.delete(channel)
    await this.#say((redis) => redis.unsubscribe(channel))
  }

  close() {
    this.#closed = true
    this.#stopLooking()
    this.#redis?.disconnect()
  }

  /** Whoever gets no answer may have been understood or not: only a new connection is sure to have what is wanted. */
  async #say(what: (redis: Redis) => Promise<unknown>) {
    const redis = this.#redis
    if (redis?.status !== 'ready') return
    try {
      await what(redis)
    } catch (error) {
      this.options.onError(error)
      if (this.#redis === redis) this.#open()
    }
  }

  #look() {
    if (++this.#silentLooks > silentLooksMax) return this.#open()
    const redis = this.#redis
    if (redis?.status !== 'ready') return
    redis.ping().then(
      () => {
        this.#silentLooks = 0
      },
      // No answer is what is counted.
      () => {},
    )
  }

  #open() {
    this.#redis?.removeAllListeners()
    this.#redis?.on('error', () => {})
    this.#redis?.disconnect()
    if (this.#closed) return
    this.#silentLooks = 0
    const redis = openSubscriber(this.options.redisUrl, this.#turn++)
    this.#redis = redis
    redis.on('error', this.options.onError)
    redis.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
      this.#silentLooks = 0
      this.options.onMessage(channel.toString(), payload)
    })
    redis.on('ready', () => void this.#stand(redis))
    redis.on('end', () => {
      if (!this.#closed) this.options.clock.after(retryMs, () => this.#redis === redis && this.#open())
    })
  }

  async #stand(redis: Redis) {
    const channels = [...this.#channels]
    const some = Array.from({ length: Math.ceil(channels.length / channelsMax) }, (_, i) =>
      channels.slice(i * channelsMax, (i + 1) * channelsMax),
    )
    await this.#say(() => Promise.all(some.map((few) => redis.subscribe(...few))))
    if (this.#redis === redis && redis.status === 'ready' && !this.#closed) this.options.onStanding()
  }
}
