import type { DatabaseServer, ServerState, SourceAddress } from '@gala/database'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { type Ask, type Ballot, type Look, Votes, type Wish } from './votes.js'
import { WriterKeeper } from './writer-keeper.js'

export const leaseMs = 2_000
const dcs = ['dc-a', 'dc-b']
const places = [...dcs, 'witness']
const commandTimeoutMs = 250

/** Two data centres and a witness on virtual time: servers that replicate, voters, keepers, and a network that fails. */
export class SimulatedDcs {
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
  /** Of the newest token that was opened. */
  opened: { token: number; dc: string; lossy: boolean } = { token: 0, dc: '', lossy: false }

  constructor(seed: number) {
    this.random = seededRandom(seed)
    for (const dc of dcs) this.servers.set(dc, new SimulatedServer(this, dc))
    for (const place of places) this.voters.set(place, new SimulatedVoter(this, place))
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
      ...{ dc, home: 'dc-a', leaseMs, clock: this.clock, votes, server, peers, sources },
      tell: { writerTaken() {}, writerLeft() {}, writerSafe() {}, writerUnsafe() {}, keeperFailed() {} },
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

  #holds(entry: number, when: string) {
    if (this.opened.lossy) return
    const writer = this.servers.get(this.opened.dc)
    if (writer && !writer.log.includes(entry)) this.broken.push(`${entry} is lost: ${when}`)
  }

  delay() {
    return 1 + Math.floor(this.random() * 20)
  }
}

class SimulatedServer implements DatabaseServer {
  log: number[] = []
  token = 0
  #untilMs = 0
  #readOnly = true
  #source: string | undefined
  semiSync = false
  incarnation = 0

  constructor(
    private readonly world: SimulatedDcs,
    readonly dc: string,
  ) {}

  get takes() {
    return !this.#readOnly && this.#untilMs > this.world.clock.nowMs()
  }

  /** Whether another server that follows this one holds it. */
  confirmed(entry: number) {
    return this.#followers.some(({ log }) => log.includes(entry))
  }

  get #followers() {
    return [...this.world.servers.values()].filter(
      (other) => other.#source === this.dc && this.world.reaches(other.dc, this.dc),
    )
  }

  replicate() {
    const source = this.#source === undefined ? undefined : this.world.servers.get(this.#source)
    if (!source || this.world.isGone(this.dc) || !this.world.reaches(this.dc, source.dc)) return
    if (this.#divergedFrom(source)) return
    this.log.push(...source.log.slice(this.log.length, this.log.length + 20))
  }

  /** As its source is, when it holds what that one does not know. */
  rebuild() {
    const source = this.world.servers.get(this.#source ?? '')
    if (source && this.#divergedFrom(source)) this.log = [...source.log]
  }

  /** A server that died as the writer takes back what nobody confirmed, as one that starts as a replica does. */
  crash() {
    this.incarnation++
    if (this.semiSync) {
      const held = [...this.world.servers.values()].filter((other) => other !== this).map(({ log }) => log)
      while (this.log.length > 0 && !held.some((log) => log.includes(this.log.at(-1) ?? 0))) this.log.pop()
    }
    this.#readOnly = true
    this.semiSync = false
  }

  #divergedFrom(source: SimulatedServer) {
    return this.log.some((entry, i) => source.log[i] !== entry)
  }

  async state(): Promise<ServerState> {
    await this.#answer()
    const source = this.world.servers.get(this.#source ?? '')
    const applied = `0-1-${this.log.length}`
    const running = source !== undefined && this.world.reaches(this.dc, source.dc)
    const diverged = source !== undefined && running && this.#divergedFrom(source)
    return {
      readOnly: this.#readOnly,
      token: this.token,
      leftMs: Math.max(0, this.#untilMs - this.world.clock.nowMs()),
      position: this.log.length,
      applied,
      replication: source && {
        ...{
          from: `${source.dc}:1`,
          running,
          received: applied,
          drained: true,
          diverged,
          error: undefined,
          behindS: 0,
        },
      },
      semiSync: { on: this.semiSync, replicas: this.#followers.length, waiting: 0, confirmed: this.log.length },
    }
  }

  async renew(token: number, forMs: number) {
    await this.#answer()
    this.token = token
    this.#untilMs = this.world.clock.nowMs() + forMs
  }

  async fence() {
    await this.#answer()
    this.#untilMs = 0
    this.#readOnly = true
  }

  async open(token: number, forMs: number, { gap }: { gap: number }) {
    const { clock } = this.world
    const untilMs = clock.nowMs() + forMs
    await this.#answer()
    if (clock.nowMs() >= untilMs) return
    this.#source = undefined
    this.token = token
    this.#untilMs = untilMs
    this.#readOnly = false
    this.world.isOpened(this.dc, token, gap > 0)
  }

  async follow({ host }: SourceAddress) {
    await this.#answer()
    this.#readOnly = true
    // Whoever waits for a confirmation is cut off instead of being told.
    this.incarnation++
    this.semiSync = false
    this.#source = host
  }

  async setSemiSync(on: boolean) {
    await this.#answer()
    this.semiSync = on
  }

  async close() {}

  async #answer() {
    await this.world.clock.sleep(this.world.delay())
    if (this.world.isGone(this.dc)) throw new Error('the server is gone')
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

class SimulatedVoter {
  readonly #none: Ballot = {
    ...{ holder: '', dc: '', token: 0, round: 0, leftMs: 0, safe: false, next: '', closedMs: 0, openedMs: 0 },
  }
  #ballot = this.#none
  #untilMs = 0
  #bornMs = Number.NEGATIVE_INFINITY
  ask: Ask | undefined

  constructor(
    private readonly world: SimulatedDcs,
    private readonly name: string,
  ) {}

  /** Without any memory. */
  restart() {
    this.#ballot = this.#none
    this.#untilMs = 0
    this.#bornMs = this.world.clock.nowMs()
  }

  vote({ act, holder, dc, token, round, safe, next }: Wish): Look & { done: boolean } {
    const nowMs = this.world.clock.nowMs()
    const { name, ask } = this
    if (nowMs - this.#bornMs < leaseMs + 1_000) {
      return { name, ballot: undefined, state: 'young', ask: undefined, tookMs: 0, done: false }
    }
    const own = this.#ballot.holder === holder && this.#ballot.token === token
    let done = false
    if (act === 'take' && (own || (this.#untilMs <= nowMs && token > this.#ballot.token))) {
      this.#ballot = { ...this.#ballot, holder, dc, token, round, safe, next: '' }
      this.#untilMs = nowMs + leaseMs
      done = true
    } else if (act === 'give' && own) {
      this.#ballot = { ...this.#ballot, next, round }
      this.#untilMs = 0
      done = true
    }
    const ballot = { ...this.#ballot, leftMs: Math.max(0, this.#untilMs - nowMs) }
    return { name, ballot, state: 'votes', ask, tookMs: 0, done }
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
    if (!world.reaches(from, name)) {
      await world.clock.sleep(commandTimeoutMs)
      return lost
    }
    const answer = (world.voters.get(name) as SimulatedVoter).vote(wish)
    await world.clock.sleep(world.delay())
    return world.reaches(from, name) ? answer : lost
  }

  async ask() {}
}
