import { type Dropped, lanes, type PumpReport, type RoomReport } from '@gala/contracts'
import { randomHex } from '@gala/kernel'
import { firstOf, type Mark, nothingPlaced, originOf, placedOf } from './placed.js'
import type {
  HeldForLater,
  Lease,
  NewMessage,
  Origin,
  Placed,
  PlacedMessage,
  StoredBlock,
  Taken,
} from './room-store.js'
import {
  blocksMax,
  heldMax,
  type Lane,
  laneMax,
  laneNames,
  marksMax,
  reportMs,
  reportsMax,
  ringBytesMax,
  seenMs,
} from './rules.js'
import { inOrder } from './stored.js'

/** One room of one data centre in memory: the same rules as those of the scripts in Redis, one by one. */
export class MemoryRoom {
  epoch = ''
  number = 0
  readonly taken = new Map<string, Origin>()
  #place = 0
  #blockPlace = 0
  #blocks: StoredBlock[] = []
  #lease: { holder: string; token: number; untilMs: number } | undefined
  #token = 0
  #marks: Mark[] = []
  #pump: { report: PumpReport; untilMs: number } | undefined
  readonly #lanes: Record<Lane, PlacedMessage[]> = { chat: [], gift: [], notify: [], pk: [] }
  /** Messages that are no longer in their lane and were in a block, or had no room. */
  readonly #gone: Record<Lane, number> = { chat: 0, gift: 0, notify: 0, pk: 0 }
  /** Messages that had passed through the lanes up to the place of the newest block. */
  #passedAtBlock: Dropped = { chat: 0, notify: 0 }
  readonly #seen = new Map<string, { id: string; untilMs: number }>()
  readonly #held = new Map<string, HeldForLater>()
  readonly #reports = new Map<string, { report: RoomReport; untilMs: number }>()

  constructor(protected readonly dc: string) {}

  accept(message: NewMessage, nowMs: number): Taken {
    const key = keyOf(message)
    const before = this.seenAs(key, nowMs)
    if (before !== undefined) return { id: before, repeated: true }
    const id = this.nextId()
    this.#put({ ...message, id, place: this.#place })
    this.#remember(key, id, nowMs)
    return { id, repeated: false }
  }

  takeOver(from: string, messages: readonly PlacedMessage[], nowMs: number): number {
    this.#begin()
    let fresh = 0
    const before = this.taken.get(from)
    for (const { after, ...message } of inOrder(messages)) {
      const origin = originOf(message.id)
      const at = this.taken.get(from)
      if (this.isBehind(origin, at)) continue
      if (after !== undefined && (this.misses(origin, at, after) || this.outlived(origin, at, after))) break
      this.taken.set(from, { epoch: origin.epoch, seq: origin.seq })
      const key = keyOf(message)
      if (this.seenAs(key, nowMs) !== undefined) continue
      this.#put({ ...message, place: ++this.#place })
      this.#remember(key, message.id, nowMs)
      fresh++
    }
    if (this.taken.get(from) === before) return 0
    const mark = { place: this.#place, taken: new Map(this.taken) }
    this.#marks = [...this.#marks.filter(({ place }) => place < this.#place), mark].slice(-marksMax)
    return fresh
  }

  after(place: number, limit: number): Placed {
    if (this.epoch === '') return nothingPlaced
    const all = this.#all().filter((message) => message.place > place)
    const { first, upTo } = firstOf(all, limit, place, this.#place)
    const placed = placedOf(this.dc, place, { epoch: this.epoch, upTo, messages: first, marks: this.#marks })
    return { ...placed, lost: this.#lost(place) }
  }

  newest(limit: number): PlacedMessage[] {
    return this.#all().toReversed().slice(0, limit)
  }

  own(after: Origin | undefined, limit: number) {
    if (this.epoch === '') return undefined
    const place = after?.epoch === this.epoch ? after.seq : 0
    const own = this.#all().filter((message) => message.place > place && originOf(message.id).dc === this.dc)
    const { first, upTo } = firstOf(own, limit, place, this.#place)
    return { epoch: this.epoch, upTo, messages: first, more: first.length >= limit }
  }

  remove(id: string): PlacedMessage | undefined {
    for (const name of laneNames) {
      const lane = this.#lanes[name]
      const found = lane.find((message) => message.id === id)
      if (!found) continue
      lane.splice(lane.indexOf(found), 1)
      if (found.place <= this.#blockPlace) this.#gone[name]++
      return found
    }
    return undefined
  }

  lease(holder: string, forMs: number, nowMs: number): Lease | undefined {
    this.#begin()
    const current = this.#heldNow(nowMs)
    if (current && current.holder !== holder) return undefined
    if (!current) this.#token = Math.max(this.#token + 1, nowMs)
    this.#lease = { holder, token: this.#token, untilMs: nowMs + forMs }
    return { token: this.#token, epoch: this.epoch, number: this.number, place: this.#blockPlace, head: this.#place }
  }

  release(token: number) {
    if (this.#lease?.token === token) this.#lease = undefined
  }

  putBlock(token: number, block: StoredBlock, nowMs: number): boolean {
    if (!this.holds(token, nowMs) || !this.isNext(block)) return false
    this.number = block.number
    this.#blockPlace = block.place
    this.#passedAtBlock = { chat: this.#passed('chat', block.place), notify: this.#passed('notify', block.place) }
    this.#blocks.push({ ...block, bytes: block.bytes.slice() })
    const bytes = () => this.#blocks.reduce((sum, each) => sum + each.bytes.length, 0)
    while (this.#blocks.length > blocksMax || (this.#blocks.length > 1 && bytes() > ringBytesMax)) this.#blocks.shift()
    return true
  }

  blocks(after: number, limit: number): StoredBlock[] {
    return limit > 0 ? this.#blocks.filter(({ number }) => number > after).slice(-limit) : []
  }

  report(report: RoomReport, nowMs: number) {
    this.#dropReports(nowMs)
    if (this.#reports.size >= reportsMax && !this.#reports.has(report.instance)) return
    this.#reports.set(report.instance, { report, untilMs: nowMs + reportMs })
  }

  reports(nowMs: number): RoomReport[] {
    this.#dropReports(nowMs)
    return [...this.#reports.values()].map(({ report }) => report)
  }

  reportPump(report: PumpReport, nowMs: number) {
    this.#pump = { report, untilMs: nowMs + reportMs }
  }

  pumpOf(nowMs: number): PumpReport | undefined {
    return this.#pump && this.#pump.untilMs > nowMs ? this.#pump.report : undefined
  }

  hold(held: HeldForLater, nowMs: number): boolean {
    this.#begin()
    const key = `held ${keyOf(held)}`
    if (this.seenAs(key, nowMs) !== undefined) return true
    if (this.#held.size >= heldMax) return false
    this.#held.set(held.message.id, held)
    this.#remember(key, held.message.id, nowMs)
    return true
  }

  known(of: { client: string; seq: number }, nowMs: number): { id: string; held: boolean } | undefined {
    const held = this.seenAs(`held ${keyOf(of)}`, nowMs)
    const id = held ?? this.seenAs(keyOf(of), nowMs)
    return id === undefined ? undefined : { id, held: held !== undefined }
  }

  held(): HeldForLater[] {
    return [...this.#held.values()]
  }

  takeHeld(id: string): HeldForLater | undefined {
    const held = this.#held.get(id)
    this.#held.delete(id)
    return held
  }

  nextId(): string {
    this.#begin()
    return `${this.dc}.${this.epoch}.${++this.#place}`
  }

  /** The guards stand by themselves, so that a history can take out one of them. */
  protected newEpoch(): string {
    return randomHex(4)
  }

  protected holds(token: number, nowMs: number): boolean {
    return this.#heldNow(nowMs)?.token === token
  }

  protected isNext({ epoch, number }: StoredBlock): boolean {
    return epoch === this.epoch && number === this.number + 1
  }

  protected isBehind({ epoch, seq }: Origin, at: Origin | undefined): boolean {
    return at?.epoch === epoch && seq <= at.seq
  }

  /** Something before it was taken over once and is not there any more. */
  protected misses({ epoch }: Origin, at: Origin | undefined, after: Origin | null): boolean {
    return at?.epoch === epoch && after?.epoch === epoch && after.seq > at.seq
  }

  /** It was read for whoever is in another epoch than we are: a late one of an epoch that is over would bring that back. */
  protected outlived({ epoch }: Origin, at: Origin | undefined, after: Origin | null): boolean {
    return at?.epoch !== epoch && at?.epoch !== after?.epoch
  }

  protected seenAs(key: string, nowMs: number): string | undefined {
    const seen = this.#seen.get(key)
    return seen && seen.untilMs > nowMs ? seen.id : undefined
  }

  #begin() {
    if (this.epoch === '') this.epoch = this.newEpoch()
  }

  #put(message: PlacedMessage) {
    const name = lanes[message.type]
    const lane = this.#lanes[name]
    lane.push(message)
    if (lane.length <= laneMax[name]) return
    lane.shift()
    this.#gone[name]++
  }

  /** A full lane pushes out what is oldest, so nothing after the block is gone while something before it is there. */
  #lost(place: number): Dropped {
    const lost = (name: 'chat' | 'notify') =>
      place === this.#blockPlace ? Math.max(0, this.#passed(name, place) - this.#passedAtBlock[name]) : 0
    return { chat: lost('chat'), notify: lost('notify') }
  }

  #passed(name: 'chat' | 'notify', upTo: number): number {
    return this.#gone[name] + this.#lanes[name].filter(({ place }) => place <= upTo).length
  }

  #all(): PlacedMessage[] {
    return laneNames.flatMap((name) => this.#lanes[name]).toSorted((a, b) => a.place - b.place)
  }

  #remember(key: string, id: string, nowMs: number) {
    for (const [old, { untilMs }] of this.#seen) {
      if (untilMs > nowMs) break
      this.#seen.delete(old)
    }
    this.#seen.set(key, { id, untilMs: nowMs + seenMs })
  }

  #heldNow(nowMs: number) {
    return this.#lease && this.#lease.untilMs > nowMs ? this.#lease : undefined
  }

  #dropReports(nowMs: number) {
    for (const [instance, { untilMs }] of this.#reports) if (untilMs <= nowMs) this.#reports.delete(instance)
  }
}

const keyOf = ({ client, seq }: { client: string; seq: number }) => `${client} ${seq}`
