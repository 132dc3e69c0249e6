import type { ServerState } from '@gala/database'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { SimulatedServer } from './simulated-server.js'
import { SimulatedVoter } from './simulated-voter.js'
import type { SimulatedWorld } from './simulated-world.js'
import { type Ask, type Look, Votes, type Wish } from './votes.js'
import { WriterKeeper } from './writer-keeper.js'

export const leaseMs = 2_000
const dcs = ['dc-a', 'dc-b']
const places = [...dcs, 'witness']
const commandTimeoutMs = 250

/** Two data centres and a witness on virtual time: servers that replicate, voters, keepers, and a network that fails. */
export class SimulatedDcs implements SimulatedWorld {
  readonly clock = new VirtualClock()
  readonly random: () => number
  readonly servers = new Map<string, SimulatedServer>()
  readonly voters = new Map<string, SimulatedVoter>()
  readonly keepers = new Map<string, WriterKeeper>()
  /** What somebody was told is stored. */
  readonly acknowledged = new Map<number, string>()
  readonly broken: string[] = []
  readonly #cut = new Set<string>()
  readonly #gone = new Set<string>()
  #entries = 0
  #incarnations = 0
  /** Share of what is said to a voter, and of its answers, that does not arrive. */
  lossPart = 0
  /** Of the newest token that was opened. */
  opened: { token: number; dc: string; lossy: boolean } = { token: 0, dc: '', lossy: false }

  constructor(seed: number) {
    this.random = seededRandom(seed)
    for (const dc of dcs) this.servers.set(dc, new SimulatedServer(this, dc))
    for (const place of places) this.voters.set(place, new SimulatedVoter(this, place, leaseMs))
    for (const dc of dcs) this.startBase(dc)
    this.clock.every(10, () => {
      for (const server of this.servers.values()) server.replicate()
    })
  }

  reaches(from: string, to: string): boolean {
    return (
      !this.#gone.has(from) && !this.#gone.has(to) && !this.#cut.has(`${from}>${to}`) && !this.#cut.has(`${to}>${from}`)
    )
  }

  cut(one: string, other: string, on: boolean) {
    if (on) this.#cut.add(`${one}>${other}`)
    else this.#cut.delete(`${one}>${other}`)
  }

  /** Everything that stands there is dead, and starts again without being told. */
  lose(dc: string, on: boolean) {
    if (on) {
      this.#gone.add(dc)
      this.keepers.delete(dc)
      this.servers.get(dc)?.crash()
    } else {
      this.#gone.delete(dc)
      this.voters.get(dc)?.restart()
      this.startBase(dc)
    }
  }

  isGone(dc: string) {
    return this.#gone.has(dc)
  }

  stopBase(dc: string) {
    this.keepers.delete(dc)
  }

  startBase(dc: string) {
    const voters = places.map((place) => new FarVoter(this, dc, place))
    const votes = new Votes(voters, { holder: `${dc}#${this.#incarnations++}`, dc, leaseMs })
    const server = this.servers.get(dc) as SimulatedServer
    const peers = new Map(dcs.filter((id) => id !== dc).map((id) => [id, new FarServer(this, dc, id)]))
    const sources = new Map(dcs.map((id) => [id, { host: id, port: 1, user: '', password: '' }]))
    const keeper: WriterKeeper = new WriterKeeper({
      copies: new Map(dcs.map((id) => [id, id])),
      ...{ dc, home: 'dc-a', leaseMs, clock: this.clock, votes, server, peers, sources },
      tell: {
        writerTaken() {},
        writerLeft() {},
        writerSafe() {},
        writerUnsafe() {},
        keeperFailed() {},
        serverRebuilt() {},
      },
    })
    this.keepers.set(dc, keeper)
    void this.#run(dc, keeper)
  }

  async #run(dc: string, keeper: WriterKeeper) {
    while (this.keepers.get(dc) === keeper) {
      await keeper.step()
      await this.clock.sleep(keeper.everyMs)
    }
  }

  ask(ask: Ask) {
    for (const voter of this.voters.values()) voter.ask = ask
  }

  /** Somebody writes at a data centre, if its server lets them. */
  async write(dc: string) {
    const server = this.servers.get(dc) as SimulatedServer
    if (this.isGone(dc) || !server.takes) return
    const entry = ++this.#entries
    server.log.push(entry)
    const { token, incarnation } = server
    while (server.semiSync && !server.confirmed(entry)) {
      await this.clock.sleep(5)
      if (server.incarnation !== incarnation || server.token !== token) return
    }
    this.acknowledged.set(entry, dc)
    this.#holds(entry, `acknowledged by ${dc} under ${token}`)
  }

  /** Called whenever a server is opened: it has to hold all that was ever acknowledged. */
  isOpened(dc: string, token: number, lossy: boolean) {
    if (token < this.opened.token) this.broken.push(`${dc} opened with ${token} after ${this.opened.token}`)
    this.opened = { token, dc, lossy: lossy || this.opened.lossy }
    for (const entry of this.acknowledged.keys()) this.#holds(entry, `opened ${dc} under ${token}`)
  }

  isDiscarded(entries: readonly number[]) {
    for (const entry of entries) if (this.acknowledged.has(entry)) this.broken.push(`${entry} was given up`)
  }

  #holds(entry: number, when: string) {
    if (this.opened.lossy) return
    const writer = this.servers.get(this.opened.dc)
    if (writer && !writer.log.includes(entry)) this.broken.push(`${entry} is lost: ${when}`)
  }

  isLost() {
    return this.lossPart > 0 && this.random() < this.lossPart
  }

  delay() {
    return 1 + Math.floor(this.random() * 20)
  }
}

/** A server as another data centre sees it. */
class FarServer {
  constructor(
    private readonly world: SimulatedDcs,
    private readonly from: string,
    private readonly to: string,
  ) {}

  async state(): Promise<ServerState> {
    await this.world.clock.sleep(this.world.delay())
    if (!this.world.reaches(this.from, this.to)) throw new Error('cannot be reached')
    return await (this.world.servers.get(this.to) as SimulatedServer).state()
  }
}

/** A voter as a data centre reaches it: late, or not at all; its answer may be lost on the way back. */
class FarVoter {
  constructor(
    private readonly world: SimulatedDcs,
    private readonly from: string,
    readonly name: string,
  ) {}

  async vote(wish: Wish): Promise<Look & { done: boolean }> {
    const { world, from, name } = this
    const lost = { name, ballot: undefined, state: 'unreachable' as const, ask: undefined, tookMs: null, done: false }
    await world.clock.sleep(world.delay())
    if (!world.reaches(from, name) || world.isLost()) {
      await world.clock.sleep(commandTimeoutMs)
      return lost
    }
    const answer = (world.voters.get(name) as SimulatedVoter).vote(wish)
    await world.clock.sleep(world.delay())
    return world.reaches(from, name) && !world.isLost() ? answer : lost
  }

  async ask() {}
}
