import type { Keyspace } from '@gala/bus'
import type { Redis } from 'ioredis'
import type { Claimed, Kept, SharedStore } from './shared-store.js'

/** KEYS[1] claim, KEYS[2] value   ARGV[1] token, ARGV[2] value, ARGV[3] its life in ms */
const fillScript = `
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

/** KEYS[1] claim, KEYS[2] value   ARGV[1] token, ARGV[2] life of the claim in ms, ARGV[3] the value as it was read, or '' */
const claimScript = `
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[3] then return 'changed' end
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then return 'claimed' end
return 'taken'`

/** KEYS[1] claim   ARGV[1] token. Deletes the claim only while it is ours. */
const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

export class RedisStore implements SharedStore {
  constructor(
    private readonly redis: Redis,
    private readonly keys: Keyspace,
  ) {}

  /**
   * One round trip: a value that is current with these fences was current at this moment. In a cluster fences of other
   * lanes are asked for at the same time; nobody may have raised them before the call began and they not show it.
   */
  async read(key: string, tags: readonly string[]): Promise<Kept> {
    const home = this.keys.laneOfValue(key, tags)
    const lanes = new Map<number, string[]>([[home, []]])
    for (const tag of tags) {
      const lane = this.keys.laneOf(tag)
      const its = lanes.get(lane)
      if (its) its.push(tag)
      else lanes.set(lane, [tag])
    }
    const kept = await Promise.all([...lanes].map(([lane, its]) => this.#readLane(lane, its, key)))
    const known = new Map(kept.flatMap(({ fences }) => fences))
    return {
      raw: kept[0]?.raw ?? null,
      floor: most(kept.map(({ floor }) => floor)),
      announced: least(kept.map(({ announced }) => announced)),
      fences: tags.map((tag) => known.get(tag) ?? 0),
    }
  }

  async fill(key: string, tags: readonly string[], token: string, raw: string, lifeMs: number) {
    const lane = this.keys.laneOfValue(key, tags)
    const keys = [this.keys.claim(lane, key), this.keys.value(lane, key)]
    await this.redis.eval(fillScript, keys.length, ...keys, token, raw, Math.ceil(lifeMs))
  }

  async claim(key: string, tags: readonly string[], token: string, forMs: number, seen: string | null) {
    const lane = this.keys.laneOfValue(key, tags)
    const keys = [this.keys.claim(lane, key), this.keys.value(lane, key)]
    return (await this.redis.eval(claimScript, keys.length, ...keys, token, forMs, seen ?? '')) as Claimed
  }

  async release(key: string, tags: readonly string[], token: string) {
    const claim = this.keys.claim(this.keys.laneOfValue(key, tags), key)
    await this.redis.eval(releaseScript, 1, claim, token)
  }

  async #readLane(lane: number, tags: readonly string[], key: string) {
    const { keys } = this
    const names = [keys.value(lane, key), keys.floor(lane), keys.announced(lane), ...tags.map((tag) => keys.fence(tag))]
    const [raw = null, floor = null, announced = null, ...fences] = await this.redis.mget(...names)
    return {
      raw,
      floor: floor === null ? null : Number(floor),
      announced: announced === null ? null : Number(announced),
      fences: tags.map((tag, i): [string, number] => [tag, Number(fences[i] ?? 0)]),
    }
  }
}

/** What holds for all lanes: nobody knows when nobody knows of one. */
const most = (all: (number | null)[]) => (all.includes(null) ? null : Math.max(...(all as number[])))
const least = (all: (number | null)[]) => (all.includes(null) ? null : Math.min(...(all as number[])))
