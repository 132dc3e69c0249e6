import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { createCache } from 'cache-manager'
import { Cacheable, CacheableMemory } from 'cacheable'
import { Keyv } from 'keyv'
import type { Answer, Deployment } from './deployment.js'
import type { Fault, Step } from './schedule.js'
import type { SimDatabase } from './sim-database.js'
import { SimRedis } from './sim-redis.js'
import type { World } from './world.js'

const ttlMs = 60_000

/** What a process of a peer does: its cache over the played Redis, used as its manual says. */
interface RivalCache {
  read(key: string, load: () => Promise<number>): Promise<number>
  /** After the row was written. */
  invalidate(key: string): Promise<unknown>
  close(): void
}

type OpenRival = (redis: SimRedis, process: string) => RivalCache

/** One data centre of two processes. Peers have no second data centre and no access layer of their own. */
export class RivalDeployment implements Deployment {
  readonly dcs = 1
  loads = 0
  loadsAtOnce = 0
  readonly #redis: SimRedis
  readonly #processes: RivalCache[]
  #opened = 0

  constructor(
    private readonly world: World,
    private readonly database: SimDatabase,
    private readonly open: OpenRival,
  ) {
    this.#redis = new SimRedis(world)
    this.#processes = [0, 1].map(() => this.#process())
  }

  async read({ seat, key }: Step): Promise<Answer> {
    const load = async () => {
      this.loads++
      return (await this.database.read(0, key, 0)).value
    }
    return { version: await this.#at(seat).read(key, load), marked: false }
  }

  async write({ seat, key }: Step) {
    this.database.write(key)
    await this.#at(seat).invalidate(key)
  }

  levelsOf() {
    return 1
  }

  fault({ name, forMs }: Fault) {
    const acts: Partial<Record<Fault['name'], () => void>> = {
      'messages lost': () => this.#redis.trouble(forMs, { lossPart: this.world.between(0.1, 1) }),
      'messages repeated': () => this.#redis.trouble(forMs, { repeatPart: 0.5 }),
      'messages reordered': () => this.#redis.trouble(forMs, { reorders: true }),
      'messages held up': () => this.#redis.hold(forMs),
      'subscriptions cut': () => this.#redis.cut(forMs),
      'redis paused': () => this.#redis.pause(forMs),
      'redis restarted': () => this.#redis.kill(forMs, false),
      'redis restarted empty': () => this.#redis.kill(forMs, true),
      'redis failed over': () => this.#redis.failOver(this.world.between(0, 1_000), Math.min(forMs, 500)),
      'database slow': () => this.database.slow(0, forMs),
      'application restarted': () => {
        const seat = this.world.pick([0, 1])
        this.#at(seat).close()
        this.#processes[seat] = this.#process()
      },
    }
    acts[name]?.()
  }

  #at(seat: number): RivalCache {
    return this.#processes[seat % this.#processes.length] as RivalCache
  }

  #process() {
    return this.open(this.#redis, `process-${this.#opened++}`)
  }
}

/** bentocache: memory, Redis and its bus. */
export const bentocache: OpenRival = (redis, process) => {
  const subscriptions: (() => void)[] = []
  const bus = {
    setId: () => bus,
    onReconnect: () => {},
    publish: (channel: string, message: unknown) =>
      redis.broadcast(channel, JSON.stringify({ from: process, payload: message })),
    subscribe: async (channel: string, handler: (payload: never) => void) => {
      const take = (text: string) => {
        const { from, payload } = JSON.parse(text) as { from: string; payload: never }
        if (from !== process) handler(payload)
      }
      subscriptions.push(redis.listen(channel, take))
    },
    unsubscribe: async () => {},
    disconnect: async () => {},
  }
  const driver = (prefix: string): object => ({
    type: 'l2',
    namespace: (name: string) => driver(`${prefix}${name}:`),
    get: (key: string) => redis.command((values) => values.get(prefix + key)),
    getMany: (keys: string[]) => redis.command((values) => keys.map((key) => values.get(prefix + key))),
    set: (key: string, value: string) => redis.command((values) => Boolean(values.set(prefix + key, value))),
    delete: (key: string) => redis.command((values) => values.delete(prefix + key)),
    deleteMany: (keys: string[]) =>
      redis.command((values) => keys.map((key) => values.delete(prefix + key)).some(Boolean)),
    clear: () => redis.command((values) => values.clear()),
    disconnect: async () => {},
  })
  const store = bentostore({ ttl: ttlMs })
    .useL1Layer(memoryDriver())
    .useL2Layer({ options: {}, factory: () => driver('') } as never)
    .useBus({ options: {}, factory: () => bus } as never)
  const cache = new BentoCache({ default: 'main', stores: { main: store } })
  return {
    read: (key, load) => cache.getOrSet({ key, factory: load }),
    invalidate: (key) => cache.delete({ key }),
    close: () => {
      for (const end of subscriptions) end()
    },
  }
}

/** Keyv over the played Redis, as cacheable and cache-manager take their second level. */
const keyv = (redis: SimRedis) =>
  new Keyv({
    store: {
      opts: {},
      get: (key: string) => redis.command((values) => values.get(key)),
      set: (key: string, value: string) => redis.command((values) => void values.set(key, value)),
      delete: (key: string) => redis.command((values) => values.delete(key)),
      clear: () => redis.command((values) => values.clear()),
      on: () => {},
    } as never,
    ttl: ttlMs,
    emitErrors: false,
  })

/** cacheable: memory, Keyv over Redis, and its sync between processes. */
export const cacheable: OpenRival = (redis, process) => {
  const subscriptions: (() => void)[] = []
  const provider = {
    id: process,
    subscriptions: new Map(),
    publish: (topic: string, message: object) =>
      redis.broadcast(topic, JSON.stringify({ ...message, providerId: process })),
    subscribe: async (topic: string, { handler }: { handler: (message: unknown) => Promise<void> }) => {
      subscriptions.push(redis.listen(topic, (text) => void handler(JSON.parse(text)).catch(() => {})))
    },
    unsubscribe: async () => {},
    disconnect: async () => {},
  }
  const cache = new Cacheable({
    primary: new Keyv({ store: new CacheableMemory({ checkInterval: 0 }) as never }),
    secondary: keyv(redis),
    ttl: ttlMs,
    sync: { qified: provider as never },
  })
  return {
    read: async (key, load) => (await cache.getOrSet<number>(key, load)) ?? load(),
    invalidate: (key) => cache.delete(key),
    close: () => {
      for (const end of subscriptions) end()
    },
  }
}

/** cache-manager: memory and Keyv over Redis; it has no way to tell other processes. */
export const cacheManager: OpenRival = (redis) => {
  const cache = createCache({ stores: [new Keyv(), keyv(redis)] as never, ttl: ttlMs })
  return {
    read: (key, load) => cache.wrap(key, load),
    invalidate: (key) => cache.del(key),
    close: () => {},
  }
}
