import { fenceKey, floorKey } from '@gala/bus'
import type { Redis } from 'ioredis'
import type { Kept, SharedStore } from './shared-store.js'

/** KEYS[1] claim, KEYS[2] value   ARGV[1] token, ARGV[2] value, ARGV[3] its life in ms */
const fillScript = `
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

/** KEYS[1] claim   ARGV[1] token. Deletes the claim only while it is ours. */
const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

export class RedisStore implements SharedStore {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** One round trip: a value that is current with these fences was current at this moment. */
  async read(key: string, tags: readonly string[]): Promise<Kept> {
    const keys = [this.#value(key), floorKey(this.prefix), ...tags.map((tag) => fenceKey(this.prefix, tag))]
    const [raw = null, floor = null, ...fences] = await this.redis.mget(...keys)
    return { raw, floor: floor === null ? null : Number(floor), fences: fences.map(Number) }
  }

  async fill(key: string, token: string, raw: string, lifeMs: number) {
    await this.redis.eval(fillScript, 2, this.#claim(key), this.#value(key), token, raw, Math.ceil(lifeMs))
  }

  async claim(key: string, token: string, forMs: number) {
    return (await this.redis.set(this.#claim(key), token, 'PX', forMs, 'NX')) === 'OK'
  }

  async release(key: string, token: string) {
    await this.redis.eval(releaseScript, 1, this.#claim(key), token)
  }

  #value(key: string) {
    return `${this.prefix}v:${key}`
  }

  #claim(key: string) {
    return `${this.prefix}claim:${key}`
  }
}
