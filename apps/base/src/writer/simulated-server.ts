import type { DatabaseServer, ServerState, SourceAddress } from '@gala/database'
import type { SimulatedPeer, SimulatedWorld } from './simulated-world.js'

/** A database server on virtual time: a log, replication by position, commits that wait. */
export class SimulatedServer implements DatabaseServer, SimulatedPeer {
  log: number[] = []
  token = 0
  #safe = false
  #untilMs = 0
  #readOnly = true
  source: string | undefined
  semiSync = false
  incarnation = 0
  /** Entries it held when it was opened. */
  openedAt = 0

  constructor(
    private readonly world: SimulatedWorld,
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
      (other) => other.source === this.dc && this.world.reaches(other.dc, this.dc),
    )
  }

  replicate() {
    const source = this.source === undefined ? undefined : this.world.servers.get(this.source)
    if (!source || this.world.isGone(this.dc) || !this.world.reaches(this.dc, source.dc)) return
    if (this.#divergedFrom(source)) return
    this.log.push(...source.log.slice(this.log.length, this.log.length + 20))
  }

  /** Its own guard has found nobody to renew it in time. */
  closeItself() {
    this.#readOnly = true
  }

  async rebuild(dc: string) {
    await this.#answer()
    const source = this.world.servers.get(dc)
    if (!source || !this.world.reaches(this.dc, dc)) throw new Error('cannot be reached')
    this.world.isDiscarded(this.log.filter((entry) => !source.log.includes(entry)))
    this.log = [...source.log]
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

  #divergedFrom(source: SimulatedPeer) {
    return this.log.some((entry, i) => source.log[i] !== entry)
  }

  async state(): Promise<ServerState> {
    await this.#answer()
    const source = this.world.servers.get(this.source ?? '')
    const applied = `0-1-${this.log.length}`
    const running = source !== undefined && this.world.reaches(this.dc, source.dc)
    const diverged = source !== undefined && running && this.#divergedFrom(source)
    return {
      readOnly: this.#readOnly,
      token: this.token,
      safe: this.#safe,
      position: this.log.length,
      applied,
      replication: source && {
        from: `${source.dc}:1`,
        running,
        received: applied,
        drained: true,
        diverged,
        error: undefined,
        behindS: 0,
      },
      semiSync: { on: this.semiSync, replicas: this.#followers.length, waiting: 0, confirmed: this.log.length },
    }
  }

  async renew(token: number, forMs: number, safe: boolean) {
    await this.#answer()
    this.token = token
    this.#safe = safe
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
    this.source = undefined
    this.token = token
    this.#safe = false
    this.#untilMs = untilMs
    this.#readOnly = false
    this.openedAt = this.log.length
    this.world.isOpened(this.dc, token, gap > 0)
  }

  async follow({ host }: SourceAddress, token: number) {
    await this.#answer()
    const source = this.world.servers.get(host)
    if (this.source === host && source) {
      const has = source.token === token && this.log.length >= source.openedAt && !this.#divergedFrom(source)
      if (has && this.world.reaches(this.dc, host)) this.#safe = true
    }
    this.#readOnly = true
    // Whoever waits for a confirmation is cut off instead of being told.
    this.incarnation++
    this.semiSync = false
    this.source = host
    return await this.state()
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
