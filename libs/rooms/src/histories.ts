import type { Cursor } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { newMessage, type RoomStoreUnderTest, room } from './builders.js'
import { originOf } from './placed.js'
import type { Guard } from './planted.js'
import type { Lease, LoggedMessage, Placed, PlacedMessage, RoomStore } from './room-store.js'

const leaseMs = 40
const pumps = ['one', 'two', 'three'] as const

/** What a process that makes blocks has in its memory. */
interface Pump {
  holder: string
  lease: Lease | undefined
  /** Made, and not yet put. */
  ready: (Made & { token: number }) | undefined
}

interface Made {
  epoch: string
  number: number
  from: number
  place: number
  cursor: Cursor
  messages: readonly PlacedMessage[]
}

/** One data centre: its store, its processes, and what they have done. */
interface Site {
  dc: string
  under: RoomStoreUnderTest
  store: RoomStore
  /** The other one's log, as a process here reads it. */
  peer: RoomStore
  peerDc: string
  at: string
  cut: boolean
  /** What a process that was stopped will hand over when it goes on. */
  late: LoggedMessage[][]
  pumps: Pump[]
  blocks: Made[]
  newestToken: number
}

interface Client {
  name: string
  home: number
  seq: number
  /** What it has sent and has no answer for. */
  waiting: 'chat' | 'gift' | undefined
}

/** Two data centres under seeded faults: clients that repeat themselves, mirrors and pumps that stop anywhere, a store that is emptied. */
export class History {
  readonly broken: string[] = []
  accepted = 0
  blocks = 0
  readonly #random: () => number
  readonly #clients: Client[]
  /** Gifts that were acknowledged, by client and number, and where. */
  readonly #acknowledged = new Map<string, number>()
  /** Those that only one of the two has, because the one that had accepted them was emptied. */
  readonly #only = new Map<string, number>()
  #sites: Site[] = []

  constructor(
    seed: number,
    private readonly open: (dc: string) => Promise<RoomStoreUnderTest>,
    private readonly lacking?: Guard,
  ) {
    this.#random = seededRandom(seed)
    this.#clients = Array.from({ length: 5 }, (_, i) => ({ name: `v-${i}/c`, home: i % 2, seq: 1, waiting: undefined }))
  }

  async play(steps = 300) {
    const [a, b] = [await this.open('dc-a'), await this.open('dc-b')]
    this.#sites = [await siteOf('dc-a', a, 'dc-b', b), await siteOf('dc-b', b, 'dc-a', a)]
    // One store in some histories, once: what neither of two has is nowhere.
    const emptyAt = this.#chance(0.4) ? Math.floor(this.#random() * steps) : -1
    for (let step = 0; step < steps; step++) {
      if (step === emptyAt) await this.#empty()
      await this.#something()
    }
    await this.#heal()
    for (const site of this.#sites) await this.#reckon(site)
  }

  async #something() {
    const index = this.#chance(0.5) ? 0 : 1
    const site = this.#sites[index] as Site
    const roll = this.#random()
    if (roll < 0.4) await this.#send(this.#clients[Math.floor(this.#random() * this.#clients.length)] as Client)
    else if (roll < 0.65) await this.#mirror(site)
    else if (roll < 0.7) await this.#handOverLate(site)
    else if (roll < 0.72) site.cut = !site.cut
    else if (roll < 0.95) await this.#pump(site, site.pumps[Math.floor(this.#random() * pumps.length)] as Pump)
    else await site.under.pass(Math.ceil(this.#random() * 30))
  }

  /** A client says the next thing only when it knows that the one before was taken; until then it asks anyone. */
  async #send(client: Client, heard = this.#chance(0.8)) {
    const elsewhere = client.waiting !== undefined && this.#chance(0.5)
    client.waiting ??= this.#chance(0.5) ? 'gift' : 'chat'
    const index = elsewhere ? 1 - client.home : client.home
    const { store } = this.#sites[index] as Site
    const { id } = await store.accept(room, newMessage(client.seq, client.waiting, { client: client.name }))
    if (!heard) return
    this.accepted++
    if (client.waiting === 'gift') await this.#acknowledge(`${client.name} ${client.seq}`, id, index)
    client.waiting = undefined
    client.seq++
  }

  async #acknowledge(name: string, id: string, asked: number) {
    const { dc, epoch } = originOf(id)
    const origin = this.#sites.findIndex((site) => site.dc === dc)
    const present = (await this.#sites[origin]?.store.after(room, 0, 0))?.epoch === epoch
    if (present) this.#acknowledged.set(name, origin)
    else this.#only.set(name, asked)
  }

  async #mirror(site: Site) {
    if (site.cut) return
    if (this.#chance(0.05)) site.at = '0'
    const messages = await site.peer.log(site.at, 1 + Math.floor(this.#random() * 20), 0, this.#from(site))
    if (this.#chance(0.1)) return
    if (this.#chance(0.1)) return void site.late.push(messages)
    // A crash may also come in the middle.
    const some = this.#chance(0.1) ? messages.slice(0, Math.floor(this.#random() * messages.length)) : messages
    await handOver(site, some)
    site.at = some.at(-1)?.at ?? site.at
  }

  #from({ store, peerDc }: Site) {
    if (this.lacking === 'who has forgotten something gets it again') return undefined
    return () => store.takenOver(room, peerDc)
  }

  async #handOverLate(site: Site) {
    const some = site.late.splice(Math.floor(this.#random() * site.late.length), 1)
    for (const messages of some) await handOver(site, messages)
  }

  async #pump(site: Site, pump: Pump) {
    if (pump.ready) return this.#put(site, pump, pump.ready)
    const renewed = this.#chance(0.8)
    if (renewed || !pump.lease) pump.lease = await site.store.lease(room, pump.holder, leaseMs)
    if (!pump.lease) return
    const { token, epoch, number, place } = pump.lease
    site.newestToken = Math.max(site.newestToken, token)
    const { head, cursor, messages, ...now } = await site.store.after(room, place, 1 + Math.floor(this.#random() * 30))
    if (now.epoch === epoch)
      pump.ready = { epoch, number: number + 1, from: place, place: head, cursor, messages, token }
    if (this.#chance(0.1)) pump.ready = undefined
  }

  async #put(site: Site, pump: Pump, { token, ...made }: Made & { token: number }) {
    pump.ready = undefined
    const kept = await site.store.putBlock(room, token, { ...made, bytes: new Uint8Array() })
    if (!kept) pump.lease = undefined
    if (!kept) return
    if (token < site.newestToken) this.broken.push(`${site.dc}: an earlier holder put block ${made.number}`)
    site.blocks.push(made)
    this.blocks++
    pump.lease = { token, epoch: made.epoch, number: made.number, place: made.place, head: made.place }
  }

  /** Everything a store had is gone; what the other one had not taken over by then is nowhere, and nobody is asked for it. */
  async #empty() {
    const index = this.#chance(0.5) ? 0 : 1
    const [site, other] = [this.#sites[index] as Site, this.#sites[1 - index] as Site]
    const kept = new Set((await allOf(other.store)).map(named))
    await site.under.forget()
    for (const [name, origin] of this.#acknowledged) {
      if (!kept.has(name) || origin === index) this.#acknowledged.delete(name)
      // What it had accepted is at the other one from now on, and only there.
      if (kept.has(name) && origin === index) this.#only.set(name, 1 - index)
    }
  }

  /** Every link stands, every client has its answer, and everybody goes on until there is nothing left to do. */
  async #heal() {
    for (const client of this.#clients) if (client.waiting) await this.#send(client, true)
    for (const site of this.#sites) {
      while (site.late.length > 0) await this.#handOverLate(site)
      await site.under.pass(1_100)
      for (let quiet = 0; quiet < 2; quiet++) {
        const messages = await site.peer.log(site.at, 100, 0, this.#from(site))
        if (messages.length > 0) quiet = -1
        await handOver(site, messages)
        site.at = messages.at(-1)?.at ?? site.at
        await site.under.pass(30)
      }
    }
    for (const site of this.#sites) await this.#healPumps(site)
  }

  async #healPumps(site: Site) {
    const last: Pump = { holder: 'last', lease: undefined, ready: undefined }
    for (;;) {
      await site.under.pass(leaseMs)
      const lease = await site.store.lease(room, last.holder, leaseMs)
      if (!lease) continue
      site.newestToken = Math.max(site.newestToken, lease.token)
      const placed = await site.store.after(room, lease.place, 30)
      if (placed.head === lease.place) return
      await this.#put(site, last, madeOf(lease, placed))
    }
  }

  async #reckon(site: Site) {
    const { dc, store, peer, peerDc } = site
    const index = this.#sites.indexOf(site)
    const say = (what: string) => this.broken.push(`${dc}: ${what}`)
    const all = await allOf(store)
    const names = all.map(named)
    for (const name of new Set(names)) {
      const count = names.filter((each) => each === name).length
      if (count > 1) say(`${name} is there ${count} times`)
    }
    for (const name of this.#acknowledged.keys()) if (!names.includes(name)) say(`gift ${name} is missing`)
    for (const [name, at] of this.#only) if (at === index && !names.includes(name)) say(`gift ${name} is missing`)
    const last = new Map<string, number>()
    for (const { id, client, seq } of all) {
      const key = `${client} of ${originOf(id).dc}`
      if ((last.get(key) ?? 0) >= seq) say(`${key}: ${seq} is out of order`)
      last.set(key, seq)
    }
    const theirs = (await allOf(peer)).filter(({ id }) => originOf(id).dc === peerDc).at(-1)
    const taken = await store.takenOver(room, peerDc)
    if (theirs && `${peerDc}.${taken?.epoch}.${taken?.seq}` !== theirs.id) say(`has not come to the end of ${peerDc}`)
    this.#reckonBlocks(site, all)
  }

  /** Blocks of an epoch follow each other without a gap, never go back, and hold every message once. */
  #reckonBlocks({ dc, blocks }: Site, all: readonly PlacedMessage[]) {
    const say = (what: string) => this.broken.push(`${dc}: ${what}`)
    const over = new Set<string>()
    for (const [i, block] of blocks.entries()) {
      const before = blocks[i - 1]
      const same = before?.epoch === block.epoch
      if (block.number !== (same ? before.number + 1 : 1)) say(`block ${block.number} follows ${before?.number}`)
      if (block.from !== (same ? before.place : 0)) say(`block ${block.number} begins at ${block.from}`)
      if (same) this.#neverBack(before.cursor, block.cursor, over, say)
      else over.clear()
    }
    const present = blocks.filter(({ epoch }) => epoch === blocks.at(-1)?.epoch)
    const shown = present.flatMap(({ messages }) => messages.map(({ id }) => id))
    const expected = all.map(({ id }) => id)
    if (shown.join() !== expected.join()) say(`shows ${shown.length} messages of ${expected.length}`)
  }

  #neverBack(before: Cursor, now: Cursor, over: Set<string>, say: (what: string) => void) {
    for (const [dc, at] of before) {
      const next = now.get(dc)
      if (next?.epoch !== at.epoch) over.add(`${dc} ${at.epoch}`)
      if (!next || over.has(`${dc} ${next.epoch}`) || (next.epoch === at.epoch && next.seq < at.seq))
        say(`the cursor goes back from ${dc}.${at.epoch}.${at.seq}`)
    }
  }

  #chance(of: number) {
    return this.#random() < of
  }
}

async function siteOf(dc: string, under: RoomStoreUnderTest, peerDc: string, other: RoomStoreUnderTest): Promise<Site> {
  const [store, peer] = [under.store, await other.another()]
  const idle = pumps.map((holder) => ({ holder, lease: undefined, ready: undefined }))
  return { dc, under, store, peer, peerDc, at: '0', cut: false, late: [], pumps: idle, blocks: [], newestToken: 0 }
}

const madeOf = ({ token, epoch, number, place }: Lease, { head, cursor, messages }: Placed) => ({
  ...{ token, epoch, number: number + 1, from: place, place: head },
  ...{ cursor, messages },
})

const handOver = async ({ store, peerDc }: Site, logged: readonly LoggedMessage[]) =>
  logged.length === 0
    ? 0
    : store.takeOver(
        room,
        peerDc,
        logged.map(({ message }) => message),
      )

const named = ({ client, seq }: PlacedMessage) => `${client} ${seq}`

async function allOf(store: RoomStore): Promise<PlacedMessage[]> {
  const all = []
  for (let place = 0; ; ) {
    const { head, messages } = await store.after(room, place, 5_000)
    all.push(...messages)
    if (head <= place) return all
    place = head
  }
}
