import type { Clock } from '@gala/kernel'
import type { GrantStore, Issue, LastCount, Recorded, Shelf, ShelfGrant } from './grant-store.js'

interface Held {
  token: number
  amount: number
  allowance: number
  issued: number
  parcelled: number
  endsAtMs: number
  closed: boolean
  life: string
  /** Undefined: not settled. */
  dropAtMs: number | undefined
  unknown: boolean
}

interface HeldParcel {
  number: number
  grant: string
  left: number
  untilMs: number
}

/** What a store remembers of one stock. */
interface Memory {
  run: number
  life: string
  number: number
  grants: Map<string, Held>
  parcels: Map<string, HeldParcel>
  issues: Map<string, { grant: string; serial: number }>
}

export type MemoryCopy = ReadonlyMap<string, Memory>

/** A data centre's store in memory: passes the same conformance suite as the one in Redis, step for step the same rules. */
export class MemoryGrantStore implements GrantStore {
  #stocks = new Map<string, Memory>()
  #run = 1
  #lives = 0

  constructor(
    private readonly clock: Pick<Clock, 'nowMs'>,
    private readonly rememberedMs = 600_000,
  ) {}

  copy(): MemoryCopy {
    return structuredClone(this.#stocks)
  }

  /** Another run of the server, with what it had or with what a copy had. */
  restart(memory: MemoryCopy = this.#stocks) {
    this.#stocks = new Map(structuredClone(memory))
    this.#run++
  }

  async look(stock: string): Promise<Shelf> {
    const memory = this.#of(stock)
    const nowMs = this.clock.nowMs()
    if (this.lifeOf(memory) === '') {
      memory.life = `life-${++this.#lives}`
      memory.run = this.#run
    }
    this.#reclaim(memory)
    for (const [id, { dropAtMs }] of memory.grants) {
      if (dropAtMs !== undefined && dropAtMs <= nowMs) memory.grants.delete(id)
    }
    const grants = [...memory.grants].flatMap(([id, held]) => (held.unknown ? [] : [shown(id, held, memory.life)]))
    return { life: memory.life, nowMs, grants }
  }

  async install(stock: string, life: string, grant: Pick<ShelfGrant, 'id' | 'token' | 'amount' | 'endsAtMs'>) {
    const memory = this.#of(stock)
    const { id, ...more } = grant
    if (this.lifeOf(memory) !== life || memory.grants.has(id)) return
    const none = { allowance: 0, issued: 0, parcelled: 0, closed: false, dropAtMs: undefined, unknown: false }
    memory.grants.set(id, { ...more, ...none, life })
  }

  async allow(stock: string, life: string, id: string, allowance: number, endsAtMs: number) {
    const memory = this.#of(stock)
    const grant = memory.grants.get(id)
    if (this.lifeOf(memory) !== life || !grant || grant.closed || grant.life !== life) return
    grant.allowance = Math.max(grant.allowance, allowance)
    grant.endsAtMs = Math.max(grant.endsAtMs, endsAtMs)
  }

  async close(stock: string, id: string): Promise<LastCount> {
    const memory = this.#of(stock)
    const life = this.lifeOf(memory)
    const none = { token: 0, amount: 0, allowance: 0, issued: 0, parcelled: 0, endsAtMs: 0 }
    const dropAtMs = this.clock.nowMs() + this.rememberedMs
    const grant = memory.grants.get(id) ?? { ...none, closed: true, life, dropAtMs, unknown: true }
    memory.grants.set(id, grant)
    grant.closed = true
    this.#reclaim(memory)
    return { known: !grant.unknown, issued: grant.issued, exact: grant.life === life }
  }

  async forget(stock: string, id: string) {
    const grant = this.#of(stock).grants.get(id)
    if (grant) grant.dropAtMs ??= this.clock.nowMs() + this.rememberedMs
  }

  async lease(stock: string, holder: string, want: number, leaseMs: number) {
    const memory = this.#of(stock)
    this.#reclaim(memory)
    const parcel = memory.parcels.get(holder)
    if (parcel) {
      const filled = this.#fill(memory, holder, parcel, want, leaseMs)
      if (filled) return filled
      drop(memory, holder, parcel)
    }
    const byToken = [...memory.grants].toSorted(([, a], [, b]) => a.token - b.token)
    const next = byToken.find(([, grant]) => this.usable(memory, grant) && room(grant) > 0)
    if (!next) return { number: 0, left: 0, forMs: 0 }
    const fresh = { number: ++memory.number, grant: next[0], left: 0, untilMs: 0 }
    return this.#fill(memory, holder, fresh, want, leaseMs) ?? { number: 0, left: 0, forMs: 0 }
  }

  async record(stock: string, holder: string, number: number, claimants: readonly string[]): Promise<Recorded> {
    const memory = this.#of(stock)
    const parcel = this.fenced(memory, holder, number)
    const grant = parcel && memory.grants.get(parcel.grant)
    const usable = parcel && grant && this.usable(memory, grant) ? { parcel, grant } : undefined
    const issues = claimants.map((claimant): Issue | undefined => {
      const known = this.known(memory, claimant)
      if (known) return { ...known, again: true }
      if (!usable || usable.parcel.left <= 0) return undefined
      usable.parcel.left--
      usable.grant.parcelled--
      const issue = { grant: usable.parcel.grant, serial: ++usable.grant.issued }
      memory.issues.set(claimant, issue)
      return { ...issue, again: false }
    })
    return { issues, left: usable?.parcel.left }
  }

  async giveBack(stock: string, holder: string, number: number) {
    const memory = this.#of(stock)
    const parcel = memory.parcels.get(holder)
    if (parcel?.number === number) drop(memory, holder, parcel)
  }

  /** The guards stand by themselves, so that a history can take out one of them. */
  protected lifeOf({ run, life }: Memory): string {
    return run === this.#run ? life : ''
  }

  protected usable(memory: Memory, { closed, life, endsAtMs }: Held): boolean {
    return !closed && life === this.lifeOf(memory) && endsAtMs > this.clock.nowMs()
  }

  protected fenced({ parcels }: Memory, holder: string, number: number): HeldParcel | undefined {
    const parcel = parcels.get(holder)
    return parcel?.number === number && parcel.untilMs > this.clock.nowMs() ? parcel : undefined
  }

  protected known({ issues }: Memory, claimant: string) {
    return issues.get(claimant)
  }

  #of(stock: string): Memory {
    const there = this.#stocks.get(stock)
    if (there) return there
    const empty = { run: 0, life: '', number: 0, grants: new Map(), parcels: new Map(), issues: new Map() }
    this.#stocks.set(stock, empty)
    return empty
  }

  #fill(memory: Memory, holder: string, parcel: HeldParcel, want: number, leaseMs: number) {
    const grant = memory.grants.get(parcel.grant)
    if (!grant) return undefined
    const more = Math.max(0, Math.min(room(grant), want - parcel.left))
    parcel.left += more
    grant.parcelled += more
    if (parcel.left === 0) return undefined
    const nowMs = this.clock.nowMs()
    parcel.untilMs = Math.min(nowMs + leaseMs, grant.endsAtMs)
    memory.parcels.set(holder, parcel)
    return { number: parcel.number, left: parcel.left, forMs: parcel.untilMs - nowMs }
  }

  #reclaim(memory: Memory) {
    for (const [holder, parcel] of memory.parcels) {
      const grant = memory.grants.get(parcel.grant)
      const over = parcel.untilMs <= this.clock.nowMs() || !grant || !this.usable(memory, grant)
      if (over) drop(memory, holder, parcel)
    }
  }
}

const room = ({ allowance, issued, parcelled }: Held) => allowance - issued - parcelled

function drop(memory: Memory, holder: string, parcel: HeldParcel) {
  const grant = memory.grants.get(parcel.grant)
  if (grant) grant.parcelled -= parcel.left
  memory.parcels.delete(holder)
}

function shown(id: string, held: Held, current: string): ShelfGrant {
  const { life, dropAtMs, unknown, ...grant } = held
  return { id, ...grant, settled: dropAtMs !== undefined, exact: life === current }
}
