import type { ChangeBus, PushedValue } from '@gala/bus'
import { FollowedBus, Follower } from '@gala/bus/testing'
import { Cache, type Cached } from '@gala/cache'
import type { Answer } from './deployment.js'
import type { SimDatabase } from './sim-database.js'
import type { SimRedis } from './sim-redis.js'
import type { World } from './world.js'

const freshMs = 60_000
const staleMs = 600_000
/** As in the route table; an answer that was marked is believed for a second. */
const accessFreshMs = 60_000
const markedFreshMs = 1_000
/** Now and then a process remembers fewer tags than there are keys, so that fences are forgotten too. */
const boundsOf = (world: World) => ({
  localBytesMax: 10_000_000,
  tagsMax: world.chance(0.2) ? 2 : 100,
  // In every other process whatever is read twice is hot, in the others nothing.
  hot: { sampleEvery: 1, hotAt: world.chance(0.5) ? 2 : Number.POSITIVE_INFINITY },
})
const relayEveryMs = 50
const heartbeatEveryMs = 200

/** The receiving half of libs/bus on the played Redis: Follower is the real one. */
class SimBus extends FollowedBus implements ChangeBus {
  protected readonly follower: Follower
  readonly #end: () => void

  constructor(
    world: World,
    private readonly redis: SimRedis,
  ) {
    super()
    this.follower = new Follower(world, (after, upTo) => redis.readAgain(after, upTo))
    const subscriber = redis.subscribe((message) => {
      if ('beat' in message) this.follower.receiveHeartbeat(message.beat)
      else if ('value' in message) this.takePushed(message.value)
      else if ('change' in message) this.follower.receive(message.change)
    })
    this.#end = () => redis.unsubscribe(subscriber)
  }

  push(value: PushedValue) {
    return this.redis.push(value)
  }

  async publish() {
    throw new Error('only the relay publishes')
  }

  async forget() {
    throw new Error('only the relay publishes')
  }

  async echo() {
    throw new Error('nobody asks here')
  }

  async heartbeat() {
    throw new Error('only the relay publishes')
  }

  async announced(): Promise<number | undefined> {
    throw new Error('only the relay asks')
  }

  async close() {
    this.#end()
  }
}

/** Told when a load of the source begins and ends. */
type OnLoad = (key: string, vouched: boolean) => () => void

/** An application process: libs/cache over the data centre's Redis and database. */
export class Application {
  readonly bus: SimBus
  readonly #cache: Cache

  constructor(
    world: World,
    private readonly dc: number,
    redis: SimRedis,
    private readonly database: SimDatabase,
    private readonly onLoad: OnLoad,
  ) {
    this.bus = new SimBus(world, redis)
    const { random } = world
    const parts = { clock: world, bus: this.bus, shared: redis.store(), random, onError: () => {} }
    this.#cache = new Cache({ ...parts, ...boundsOf(world) })
  }

  get(key: string): Promise<Cached<number>> {
    const tags = [key]
    return this.#cache.getOrLoad({
      kind: 'row',
      key,
      tags,
      freshMs,
      staleMs,
      load: async (atLeast) => {
        const done = this.onLoad(key, this.bus.live)
        try {
          return { ...(await this.database.read(this.dc, key, atLeast)), tags }
        } finally {
          done()
        }
      },
    })
  }

  async read(key: string): Promise<Answer> {
    const { value, source } = await this.get(key)
    return { version: value, marked: source === 'stale' }
  }

  close() {
    void this.bus.close()
  }
}

/** An access process: a cache of answers of its own, filled from any application of the data centre. */
export class Access {
  readonly #bus: SimBus
  readonly #cache: Cache

  constructor(
    private readonly world: World,
    redis: SimRedis,
    private readonly applications: () => readonly Application[],
  ) {
    this.#bus = new SimBus(world, redis)
    const parts = { clock: world, bus: this.#bus, random: world.random, onError: () => {} }
    this.#cache = new Cache({ ...parts, ...boundsOf(world) })
  }

  async read(key: string): Promise<Answer> {
    const { world } = this
    const load = async () => {
      await world.sleep(world.between(0, 2))
      const { value, source, tags, position } = await world.pick(this.applications()).get(key)
      await world.sleep(world.between(0, world.chance(0.1) ? 80 : 2))
      const marked = source === 'stale'
      return { value: { version: value, marked }, tags, position, ...(marked && { freshMs: markedFreshMs }) }
    }
    const found = await this.#cache.getOrLoad({ kind: 'answer', key, tags: [], freshMs: accessFreshMs, staleMs, load })
    return { version: found.value.version, marked: found.value.marked || found.source === 'stale' }
  }

  close() {
    void this.#bus.close()
  }
}

/** What RelayService of apps/base does: announces what its own database server holds, in order, at least once. */
export class Relay {
  #alive = true
  readonly #run: string

  constructor(
    private readonly world: World,
    private readonly dc: number,
    private readonly redis: SimRedis,
    private readonly database: SimDatabase,
  ) {
    this.#run = `relay-${world.random()}`
    void this.#work()
  }

  close() {
    this.#alive = false
  }

  async #work() {
    let position: number | undefined
    let beatAtMs = Number.NEGATIVE_INFINITY
    while (this.#alive) {
      try {
        position ??= (await this.redis.announced()) ?? this.database.position(this.dc)
        const asOfMs = this.world.monotonicMs()
        for (const change of await this.database.changesAfter(this.dc, position)) {
          await this.redis.publish(change)
          if (!this.#alive) return
          position = change.position
        }
        if (this.world.monotonicMs() - beatAtMs >= heartbeatEveryMs && this.#alive) {
          await this.redis.heartbeat({ position, run: this.#run, asOfMs })
          beatAtMs = this.world.monotonicMs()
        }
      } catch {
        // As the real one: what was not announced is still in the outbox.
      }
      await this.world.sleep(relayEveryMs)
    }
  }
}
