import type { Clock } from '@gala/kernel'
import {
  type Beat,
  type Definition,
  hasEnded,
  type Lead,
  LeaseLost,
  type Ledger,
  type Move,
  type Outcome,
  type SlotKey,
  type SlotRow,
  slotName,
} from './ledger.js'
import { afterAttempt, begun } from './run-states.js'

/** What a ledger holds, for all processes that look at it. It keeps everything: it is for tests and histories. */
export class MemoryLedgerStore {
  readonly slots = new Map<string, SlotRow>()
  readonly until = new Map<string, number>()
  lease = { holder: null as string | null, token: 0, takenAtMs: null as number | null, untilMs: 0 }

  constructor(
    readonly scope: string,
    readonly clock: Pick<Clock, 'nowMs'>,
  ) {}
}

/** A process' way to a ledger in memory: passes the same conformance suite as those in MySQL and Redis. */
export class MemoryLedger implements Ledger {
  readonly scope: string

  constructor(private readonly store: MemoryLedgerStore) {
    this.scope = store.scope
  }

  async lead(holder: string, leaseMs: number): Promise<Lead> {
    const nowMs = this.store.clock.nowMs()
    const { lease } = this.store
    const held = this.#held
    if (!held) this.store.lease = { holder, token: lease.token + 1, takenAtMs: nowMs, untilMs: nowMs + leaseMs }
    else if (lease.holder === holder) lease.untilMs = nowMs + leaseMs
    const { holder: now, token, takenAtMs } = this.store.lease
    return { nowMs, leads: now === holder, holder: now, token, takenAtMs }
  }

  async resign(holder: string) {
    const { lease } = this.store
    if (lease.holder === holder) this.store.lease = { ...lease, holder: null, takenAtMs: null }
  }

  async plannedUntil(jobs: readonly Definition[]) {
    const known = new Set(jobs.map(({ id }) => id))
    return new Map([...this.store.until].filter(([id]) => known.has(id)))
  }

  async plan(token: number | undefined, slots: readonly SlotRow[], until: ReadonlyMap<string, number>) {
    this.fence(token)
    for (const slot of slots) {
      if (!this.store.slots.has(slotName(slot))) this.#put(slot)
    }
    for (const [job, untilMs] of until) this.store.until.set(job, Math.max(untilMs, this.store.until.get(job) ?? 0))
  }

  async open(untilMs: number, limit: number) {
    const open = [...this.store.slots.values()].filter(
      (slot) => !hasEnded(slot) && (isHandedOut(slot) || slot.runAtMs <= untilMs),
    )
    return structuredClone(open.toSorted((a, b) => a.runAtMs - b.runAtMs || a.atMs - b.atMs).slice(0, limit))
  }

  async read(key: SlotKey) {
    return structuredClone(this.store.slots.get(slotName(key)))
  }

  async newest(job: string, dc: string, atMs: number) {
    const found = [...this.store.slots.values()]
      .filter((slot) => slot.job === job && slot.dc === dc && slot.atMs <= atMs && !isMovedAway(slot))
      .toSorted((a, b) => b.atMs - a.atMs)
    return structuredClone(found[0])
  }

  async apply(token: number | undefined, moves: readonly Move[]) {
    this.fence(token)
    return moves.map(({ key, from, set }) => {
      const slot = this.store.slots.get(slotName(key))
      if (!slot || slot.state !== from.state || slot.attempt !== from.attempt) return false
      this.#put({ ...slot, ...set })
      return true
    })
  }

  async begin(key: SlotKey, attempt: number, holder: string, leaseMs: number) {
    const slot = this.store.slots.get(slotName(key))
    if (slot?.state !== 'leased' || !this.current(slot, attempt)) return undefined
    return this.#put({ ...slot, ...begun(slot, holder, this.store.clock.nowMs(), leaseMs) })
  }

  async beat(runs: readonly Beat[], leaseMs: number) {
    return runs.map(({ key, attempt, progress }) => {
      const slot = this.store.slots.get(slotName(key))
      if (slot?.state !== 'running' || !this.current(slot, attempt)) return 'lost'
      const leaseUntilMs = this.store.clock.nowMs() + leaseMs
      this.#put({ ...slot, leaseUntilMs, progress: progress ?? slot.progress })
      return slot.cancel ? 'cancel' : 'go-on'
    })
  }

  async finish(key: SlotKey, attempt: number, outcome: Outcome) {
    const slot = this.store.slots.get(slotName(key))
    if (slot?.state !== 'running' || !this.current(slot, attempt)) return false
    this.#put({ ...slot, ...afterAttempt(slot, this.store.clock.nowMs(), outcome) })
    return true
  }

  /** The guards stand by themselves, so that a history can take out one of them. */
  protected fence(token: number | undefined) {
    if (token === undefined) return
    if (!this.#held || this.store.lease.token !== token) throw new LeaseLost(this.scope)
  }

  protected current(slot: SlotRow, attempt: number): boolean {
    return slot.attempt === attempt
  }

  get #held(): boolean {
    const { lease, clock } = this.store
    return lease.holder !== null && clock.nowMs() < lease.untilMs
  }

  /** What is given and what is kept never share an object, as if they were sent. */
  #put(slot: SlotRow): SlotRow {
    this.store.slots.set(slotName(slot), structuredClone(slot))
    return structuredClone(slot)
  }
}

const isHandedOut = ({ state }: SlotRow) => state === 'leased' || state === 'running'
const isMovedAway = ({ state, reason }: SlotRow) => state === 'skipped' && reason === 'moved'
