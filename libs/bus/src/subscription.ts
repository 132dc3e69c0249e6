import type { Clock } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { openSubscriber } from './redis-client.js'

/**
 * Heartbeats come five times a second: a connection that has brought nothing at four looks in a row leads nowhere. Looks are
 * counted, not time: a process that was stopped for a while must first read what has come meanwhile.
 */
const silentLooksMax = 4
const lookEveryMs = 500
const retryMs = 100

/**
 * A subscription to one channel that is never given up. A message may come over any node of a cluster: the nodes are tried
 * by turns, and one whose connection brings nothing is left for the next, even when TCP says all is well.
 */
export class Subscription {
  readonly #stopLooking: () => void
  #redis: Redis | undefined
  #turn = 0
  #silentLooks = 0
  #closed = false

  constructor(
    private readonly url: string,
    private readonly channel: string,
    private readonly take: (payload: string) => void,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {
    this.#open()
    this.#stopLooking = clock.every(lookEveryMs, () => {
      if (++this.#silentLooks > silentLooksMax) this.#open()
    })
  }

  close() {
    this.#closed = true
    this.#stopLooking()
    this.#redis?.disconnect()
  }

  /** A new connection, instead of the one there is. */
  #open() {
    this.#redis?.removeAllListeners()
    this.#redis?.on('error', () => {})
    this.#redis?.disconnect()
    this.#silentLooks = 0
    const redis = openSubscriber(this.url, this.#turn++)
    this.#redis = redis
    redis.on('error', this.onError)
    redis.on('message', (_channel: string, payload: string) => {
      this.#silentLooks = 0
      this.take(payload)
    })
    // What passed while no connection was there shows in the next heartbeat.
    redis.on('ready', () => {
      redis.subscribe(this.channel).catch(this.onError)
    })
    redis.on('end', () => {
      if (!this.#closed) this.clock.after(retryMs, () => !this.#closed && this.#redis === redis && this.#open())
    })
  }
}
