import type { Answer, Deployment } from './deployment.js'
import { Access, Application, Relay } from './gala.js'
import type { Fault } from './schedule.js'
import type { SimDatabase } from './sim-database.js'
import { SimRedis } from './sim-redis.js'
import type { World } from './world.js'

interface DataCentre {
  redis: SimRedis
  applications: Application[]
  access: Access
  relay: Relay
  /** Loads under way, by key. */
  loading: Map<string, number>
}

/** Data centres of two application processes, one access process and one relay each. */
export class GalaDeployment implements Deployment {
  loads = 0
  /** The most loads of one key at a time in one data centre, by processes that had heard the bus. */
  loadsAtOnce = 0
  readonly #dcs: DataCentre[]

  constructor(
    private readonly world: World,
    private readonly database: SimDatabase,
    readonly dcs = 2,
  ) {
    this.#dcs = Array.from({ length: dcs }, (_, dc) => this.#open(dc))
  }

  read({ dc, seat, key }: { dc: number; seat: number; key: string }): Promise<Answer> {
    const { access, applications } = this.#dcs[dc] as DataCentre
    return (applications[seat] ?? access).read(key)
  }

  async write({ key }: { key: string }) {
    this.database.write(key)
  }

  /** Access believes for a second what application has believed for a second. */
  levelsOf(seat: number) {
    return seat === 2 ? 2 : 1
  }

  fault({ name, dc: index, forMs }: Fault) {
    const dc = this.#dcs[index] as DataCentre
    const acts: Record<Fault['name'], () => void> = {
      'messages lost': () => dc.redis.trouble(forMs, { lossPart: this.world.between(0.1, 1) }),
      'messages repeated': () => dc.redis.trouble(forMs, { repeatPart: 0.5 }),
      'messages reordered': () => dc.redis.trouble(forMs, { reorders: true }),
      'messages held up': () => dc.redis.hold(forMs),
      'subscriptions cut': () => dc.redis.cut(forMs),
      'redis paused': () => dc.redis.pause(forMs),
      'redis restarted': () => dc.redis.kill(forMs, false),
      'redis restarted empty': () => dc.redis.kill(forMs, true),
      'redis failed over': () => dc.redis.failOver(this.world.between(0, 1_000), Math.min(forMs, 500)),
      'database slow': () => this.database.slow(index, forMs),
      'replica stopped': () => this.database.stop(index, forMs),
      'relay killed': () => this.#killRelay(index, dc, 0, forMs),
      'application restarted': () => this.#restartApplication(index, dc, 0),
      'access restarted': () => {
        dc.access.close()
        dc.access = new Access(this.world, dc.redis, () => dc.applications)
      },
      'machine stalled': () => {
        dc.redis.pause(forMs)
        this.#restartApplication(index, dc, forMs * this.world.random())
        this.#killRelay(index, dc, forMs * this.world.random(), forMs)
      },
      'machine failed over': () => {
        const behindMs = this.world.between(200, 1_000)
        dc.redis.failOver(behindMs, this.world.between(20, 300))
        this.#restartApplication(index, dc, behindMs * this.world.random())
      },
      'machine replaced': () => {
        this.database.slow(index, forMs)
        this.world.after(forMs * this.world.random(), () => {
          dc.redis.kill(this.world.between(20, 200), true)
          this.#restartApplication(index, dc, this.world.between(0, 500))
        })
      },
    }
    acts[name]()
  }

  #open(index: number): DataCentre {
    const redis = new SimRedis(this.world)
    const dc: DataCentre = {
      redis,
      loading: new Map(),
      applications: [],
      access: new Access(this.world, redis, () => dc.applications),
      relay: new Relay(this.world, index, redis, this.database),
    }
    dc.applications = [0, 1].map(() => this.#application(index, dc))
    return dc
  }

  #application(index: number, { redis, loading }: DataCentre) {
    return new Application(this.world, index, redis, this.database, (key, vouched) => {
      this.loads++
      // A process that has not heard the bus yet does not believe the store, and loads for itself.
      if (!vouched) return () => {}
      const running = (loading.get(key) ?? 0) + 1
      loading.set(key, running)
      this.loadsAtOnce = Math.max(this.loadsAtOnce, running)
      return () => loading.set(key, (loading.get(key) ?? 1) - 1)
    })
  }

  #restartApplication(index: number, dc: DataCentre, inMs: number) {
    this.world.after(inMs, () => {
      const seat = this.world.pick([0, 1])
      dc.applications[seat]?.close()
      dc.applications[seat] = this.#application(index, dc)
    })
  }

  #killRelay(index: number, dc: DataCentre, inMs: number, forMs: number) {
    this.world.after(inMs, () => dc.relay.close())
    this.world.after(inMs + forMs, () => {
      dc.relay.close()
      dc.relay = new Relay(this.world, index, dc.redis, this.database)
    })
  }
}
