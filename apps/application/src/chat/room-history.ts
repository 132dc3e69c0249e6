import { type Block, type MessageType, messageTypes } from '@gala/contracts'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import type { RoomStore } from '@gala/rooms'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { Mirror } from './mirror/mirror.js'
import { FlakyLine, lineTo } from './pump/flaky-line.js'
import { Fleet } from './pump/fleet.js'
import { blocksOf, message, PumpProcess, room, viewers } from './pump/pump-rig.js'
import { roomsMax, Sharing } from './pump/sharing.js'

const dcs = ['dc-a', 'dc-b'] as const
type Dc = (typeof dcs)[number]

const actsMs = 2_500
/** Longer than a freeze, a lease, a back-off and a look together. */
const healMs = 9_000
const roomSizes = [0, 50, 5_000, 200_000]

interface Process {
  dc: Dc
  own: FlakyLine
  peer: FlakyLine
  sharing: Sharing
  mirror: Mirror
}

/** What a test may break, to see that the history notices. */
export type Plant = (store: RoomStore) => RoomStore

/**
 * A room in two data centres with two application processes each, through faults that a seed chooses: processes are killed, stand
 * still and go on, answers and requests get lost, the link between the data centres is cut. @returns what is wrong at the end.
 */
export async function historyOf(seed: number, plant: Plant = (store) => store): Promise<string[]> {
  const world = new World(seed, plant)
  await world.play()
  await world.heal()
  return world.findings()
}

class World {
  readonly #random: () => number
  readonly #clock = new VirtualClock()
  readonly #stores: Record<Dc, MemoryRoomStore>
  readonly #processes: Process[] = []
  readonly #accepted: { type: MessageType; id: string }[] = []
  #started = 0
  #cutUntilMs = 0

  constructor(
    seed: number,
    private readonly plant: Plant,
  ) {
    this.#random = seededRandom(seed)
    const store = (dc: Dc) => new MemoryRoomStore({ dc, clock: this.#clock })
    this.#stores = { 'dc-a': store('dc-a'), 'dc-b': store('dc-b') }
  }

  async play() {
    const size = this.#of(roomSizes)
    for (const dc of dcs) {
      if (size > 0) await this.#stores[dc].report(room, viewers(size, this.#clock.nowMs()))
      this.#start(dc)
      this.#start(dc)
    }
    const untilMs = this.#clock.nowMs() + actsMs
    while (this.#clock.nowMs() < untilMs) {
      await this.#act()
      await this.#clock.advance(Math.floor(this.#random() * 60))
    }
  }

  async heal() {
    this.#cutUntilMs = 0
    for (const { own, peer } of this.#processes) {
      own.heal()
      peer.heal()
    }
    await this.#clock.advance(healMs)
    const stopped = Promise.all(this.#processes.flatMap(({ sharing, mirror }) => [sharing.stop(), mirror.stop()]))
    await this.#clock.advance(5_000)
    await stopped
  }

  async findings(): Promise<string[]> {
    const each = await Promise.all(dcs.map(async (dc) => this.#findingsIn(await blocksOf(this.#stores[dc]))))
    return dcs.flatMap((dc, i) => (each[i] ?? []).map((finding) => `${dc}: ${finding}`))
  }

  async #act() {
    const chance = this.#random()
    if (chance < 0.75) return this.#say(1 + Math.floor(this.#random() ** 3 * 40))
    const process = this.#of(this.#processes)
    if (chance < 0.8) return process.own.freeze(Math.floor(this.#random() * 2_500))
    if (chance < 0.85) return process.own.cut(Math.floor(this.#random() * 2_000))
    if (chance < 0.9) return this.#cutLink(Math.floor(this.#random() * 2_000))
    if (chance < 0.95) return this.#kill(process)
  }

  async #say(count: number) {
    const dc = this.#of(dcs)
    for (let i = 0; i < count; i++) {
      const type = this.#random() < 0.6 ? 'chat' : this.#of(messageTypes)
      const ttlS = type === 'chat' && this.#random() < 0.1 ? 1 : 0
      const { id } = await this.#stores[dc].accept(room, message(type, this.#clock.nowMs(), { ttlS }))
      this.#accepted.push({ type, id })
    }
  }

  #cutLink(ms: number) {
    this.#cutUntilMs = this.#clock.nowMs() + ms
    for (const { peer } of this.#processes) peer.cut(ms)
  }

  #kill(process: Process) {
    process.own.kill()
    process.peer.kill()
    this.#processes.splice(this.#processes.indexOf(process), 1)
    this.#start(process.dc)
  }

  #start(dc: Dc) {
    const clock = this.#clock
    const instance = `${dc}-${++this.#started}`
    const other = dc === 'dc-a' ? 'dc-b' : 'dc-a'
    const own = new FlakyLine(clock, this.#random)
    const peer = new FlakyLine(clock, this.#random)
    if (this.#cutUntilMs > clock.nowMs()) peer.cut(this.#cutUntilMs - clock.nowMs())
    const store = lineTo(this.plant(this.#stores[dc].another()), own)
    const process = new PumpProcess(store, clock, instance, this.#random)
    const fleet = new Fleet(store, clock, instance, roomsMax)
    const sharing = new Sharing(Object.assign(process, { fleet }))
    const mirror = new Mirror({
      own: store,
      peer: lineTo(this.#stores[other].another(), peer),
      clock,
      holder: instance,
      chance: this.#random,
      failed: () => {},
      took: () => {},
    })
    this.#processes.push({ dc, own, peer, sharing, mirror })
  }

  #findingsIn(blocks: readonly Block[]): string[] {
    const findings: string[] = []
    const shown = blocks.flatMap(({ messages }) => messages)
    const times = Map.groupBy(shown, ({ id }) => id)
    for (const [id, its] of times) if (its.length > 1) findings.push(`${id} is in ${its.length} blocks`)
    const dropped = { chat: 0, notify: 0, gift: 0, control: 0 }
    for (const block of blocks) {
      dropped.chat += block.dropped.chat
      dropped.notify += block.dropped.notify
    }
    for (const type of messageTypes) {
      const accepted = this.#accepted.filter((each) => each.type === type).length
      const told = shown.filter((each) => each.type === type).length
      if (told + dropped[type] !== accepted)
        findings.push(`${accepted} ${type} were accepted, ${told} shown, ${dropped[type]} said to be dropped`)
    }
    return [...findings, ...disorderOf(blocks)]
  }

  #of<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)] as T
  }
}

/** Blocks that do not follow on one another, and messages that overtake others of the same data centre. */
function disorderOf(blocks: readonly Block[]): string[] {
  const findings: string[] = []
  const last = new Map<string, number>()
  for (const [i, { number, since, messages }] of blocks.entries()) {
    if (number !== i + 1) findings.push(`block ${number} stands where ${i + 1} should`)
    const before = blocks[i - 1]?.to
    for (const [dc, { seq }] of since)
      if (before?.get(dc)?.seq !== seq) findings.push(`block ${number} does not begin where the one before ends`)
    for (const { id } of messages) {
      const [dc = '', , seq] = id.split('.')
      if (Number(seq) <= (last.get(dc) ?? 0)) findings.push(`${id} comes too late`)
      last.set(dc, Number(seq))
    }
  }
  return findings
}
