import { connectRedis } from '@gala/bus'
import type { Clock } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { waitMsMax } from './event-log.js'

interface WaitingOptions {
  redisUrl: string
  clock: Clock
  onError: (error: unknown) => void
  /** Kept open for the next who wait. */
  idleMax: number
  commandTimeoutMs: number
}

/** Connections for waiting in Redis, one for each who waits: whatever else is said over one would wait as well. */
export class WaitingConnections {
  readonly #idle: Redis[] = []
  readonly #all = new Set<Redis>()
  #closed = false

  constructor(private readonly options: WaitingOptions) {}

  /** Resolves when a stream has an entry after `id`, or `waitMs` have passed. @throws when Redis does not answer. */
  async until(stream: string, id: string, waitMs: number): Promise<void> {
    if (this.#closed) throw new Error('the log is closed')
    const redis = this.#idle.pop() ?? this.#open()
    try {
      await this.#ready(redis)
      await redis.xread('COUNT', 1, 'BLOCK', Math.max(1, Math.floor(waitMs)), 'STREAMS', stream, id)
    } catch (error) {
      this.#end(redis)
      throw error
    }
    if (this.#closed || this.#idle.length >= this.options.idleMax) this.#end(redis)
    else this.#idle.push(redis)
  }

  close() {
    this.#closed = true
    for (const redis of this.#all) this.#end(redis)
  }

  #open(): Redis {
    const { redisUrl, onError, commandTimeoutMs } = this.options
    const redis = connectRedis(redisUrl, onError, waitMsMax + commandTimeoutMs)
    this.#all.add(redis)
    return redis
  }

  #end(redis: Redis) {
    this.#all.delete(redis)
    redis.disconnect()
  }

  async #ready(redis: Redis): Promise<void> {
    if (redis.status === 'ready') return
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error) => {
        cancel()
        redis.off('ready', ready)
        redis.off('end', ended)
        if (error) reject(error)
        else resolve()
      }
      const ready = () => settle()
      const ended = () => settle(new Error('the connection was closed'))
      const late = () => settle(new Error(`no connection within ${this.options.commandTimeoutMs} ms`))
      const cancel = this.options.clock.after(this.options.commandTimeoutMs, late)
      redis.on('ready', ready)
      redis.on('end', ended)
    })
  }
}
