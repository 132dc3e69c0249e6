import { connectRedis } from '@gala/bus'
import { messageTypes, type PumpReport, type RoomReport } from '@gala/contracts'
import { type Clock, randomHex } from '@gala/kernel'
import type { Redis } from 'ioredis'
import { LaneReader } from './lane-reader.js'
import { LogReader } from './log-reader.js'
import { originOf } from './placed.js'
import { RoomIndex } from './room-index.js'
import { RoomKeys } from './room-keys.js'
import * as scripts from './room-scripts.js'
import type {
  DirectMessage,
  HeldForLater,
  NewMessage,
  Origin,
  Placed,
  PlacedMessage,
  RoomListener,
  RoomStore,
  StoredBlock,
  Taken,
} from './room-store.js'
import { RoomSubscription } from './room-subscription.js'
import { idleMs, readMax, reportMs } from './rules.js'
import { type Argument, runScript, type Script } from './script.js'
import { inOrder, laneKey, restOf, StoredForms, seenKey, writeBlock } from './stored.js'

export interface RedisRoomStoreOptions {
  /** One of the forms of `RedisAddress`. It has to be one that evicts nothing. */
  redisUrl: string
  keyPrefix: string
  /** The data centre it is the store of. */
  dc: string
  clock: Clock
  /** Told of connection faults, and of what cannot be read if nobody else is; the store itself goes on. */
  onError: (error: unknown) => void
  /** Told what kind of thing could not be read and is left out, each time it is met. */
  onUnreadable?: (what: string) => void
  commandTimeoutMs?: number
}

/** Taken over in one step, so that Redis is never busy with it for more than some milliseconds. */
const takeOverMax = 200
/** The rooms of a data centre in its Redis. What is kept where: `docs/decisions/0024-rooms-in-redis.md`. */
export class RedisRoomStore implements RoomStore {
  readonly dc: string
  readonly #redis: Redis
  readonly #keys: RoomKeys
  readonly #forms: StoredForms
  readonly #lanes: LaneReader
  readonly #index: RoomIndex
  readonly #subscription: RoomSubscription
  readonly #log: LogReader
  readonly #listeners = new Set<RoomListener>()

  constructor(options: RedisRoomStoreOptions) {
    const { redisUrl, keyPrefix, dc, clock, onError, onUnreadable, commandTimeoutMs = 500 } = options
    this.dc = dc
    this.#keys = new RoomKeys(keyPrefix)
    this.#forms = new StoredForms(
      onUnreadable ?? ((what) => onError(new Error(`a ${what} in the store of rooms cannot be read`))),
    )
    this.#redis = connectRedis(redisUrl, onError, commandTimeoutMs)
    this.#lanes = new LaneReader(this.#redis, this.#keys, this.#forms, dc)
    this.#index = new RoomIndex((rooms) => this.#touch(rooms), clock, onError)
    this.#subscription = new RoomSubscription({
      ...{ redisUrl, clock, onError },
      channels: [this.#keys.accepted, this.#keys.direct],
      onMessage: (channel, payload) => this.#heard(channel, payload),
      onStanding: () => {
        this.#log.missed()
        for (const listener of this.#listeners) listener.missed?.()
      },
    })
    const source = {
      rooms: () => this.active(clock.nowMs() - idleMs),
      own: (room: string, after: Origin | undefined, limit: number) => this.#lanes.own(room, after, limit),
    }
    this.#log = new LogReader(source, clock)
  }

  async accept(room: string, message: NewMessage): Promise<Taken> {
    await this.#index.mark(room)
    const args = [this.dc, laneKey(message.type), seenKey(message), restOf(message), this.#keys.accepted, room]
    const reply = await this.#begin<[string, string, number, number]>(scripts.accept, room, [], args)
    const [epoch, place, repeated, begun] = reply
    if (begun === 1) await this.#index.markAgain(room)
    return { id: this.#id(epoch, place), repeated: repeated === 1 }
  }

  async known(room: string, client: string, seq: number): Promise<{ id: string; held: boolean } | undefined> {
    const as = [seenKey({ client, seq }), seenKey({ client, seq }, 'held ')]
    type Reply = [string | null, string | null, string | null]
    const [epoch, place, held] = await this.#run<Reply>(scripts.known, this.#keys.base(room), as)
    if (held !== null) return { id: held, held: true }
    if (place === null) return undefined
    return { id: this.#id(epoch ?? '', place), held: false }
  }

  async takeOver(room: string, from: string, messages: readonly PlacedMessage[]): Promise<number> {
    let fresh = 0
    const ordered = inOrder(messages)
    for (let i = 0; i < ordered.length; i += takeOverMax) {
      await this.#index.mark(room)
      const some = ordered.slice(i, i + takeOverMax).flatMap((message) => {
        const { epoch, seq } = originOf(message.id)
        const after = message.after === undefined ? '*' : (message.after?.epoch ?? '')
        return [epoch, seq, after, message.after?.seq ?? 0, laneKey(message.type), seenKey(message), restOf(message)]
      })
      const args = [this.dc, this.#keys.accepted, room, from, ...some]
      const [count, begun] = await this.#begin<[number, number]>(scripts.takeOver, room, [], args)
      if (begun === 1) await this.#index.markAgain(room)
      fresh += count
    }
    return fresh
  }

  after(room: string, place: number, limit: number): Promise<Placed> {
    return this.#lanes.after(room, place, limit)
  }

  newest(room: string, limit: number): Promise<PlacedMessage[]> {
    return this.#lanes.newest(room, limit)
  }

  async remove(room: string, id: string): Promise<PlacedMessage | undefined> {
    for (const type of messageTypes) {
      const lane = this.#keys.lane(room, type)
      const member = await this.#lanes.find(lane, id)
      const [message] = this.#forms.messages(member === undefined ? [] : [member])
      if (member === undefined || !message) continue
      const args = [member, message.place, laneKey(type)]
      const there = await this.#run<number>(scripts.remove, [this.#keys.room(room), lane], args)
      return there === 1 ? message : undefined
    }
    return undefined
  }

  async lease(room: string, holder: string, forMs: number) {
    type Reply = [string, string, string, string, string, number] | null
    const reply = await this.#begin<Reply>(scripts.lease, room, [this.#keys.lease(room)], [holder, forMs])
    if (!reply) return undefined
    const [token, epoch, number, place, head] = reply
    return { token: Number(token), epoch, number: Number(number), place: Number(place), head: Number(head) }
  }

  async release(room: string, token: number) {
    await this.#run(scripts.release, [this.#keys.lease(room)], [token])
  }

  async putBlock(room: string, token: number, block: StoredBlock): Promise<boolean> {
    const args = [token, block.epoch, block.number, block.place, writeBlock(block), this.#keys.blocks(room)]
    return (await this.#begin<number>(scripts.putBlock, room, [this.#keys.lease(room)], args)) === 1
  }

  async blocks(room: string, after: number, limit: number): Promise<StoredBlock[]> {
    if (limit <= 0) return []
    const ring = this.#keys.ring(room)
    const blocks = await this.#redis.zrevrangebyscoreBuffer(ring, '+inf', `(${after}`, 'LIMIT', 0, limit)
    return blocks.toReversed().flatMap((bytes) => this.#forms.block(bytes) ?? [])
  }

  async heads(rooms: readonly string[]) {
    return Promise.all(
      rooms.map(async (room) => {
        const [epoch, number] = await this.#redis.hmget(this.#keys.room(room), 'epoch', 'number')
        return epoch && Number(number) > 0 ? { epoch, number: Number(number) } : undefined
      }),
    )
  }

  async touch(rooms: readonly string[], atMs: number) {
    if (rooms.length > 0) await this.#touch(rooms.map((room) => [room, atMs]))
  }

  active(sinceMs: number): Promise<string[]> {
    return this.#redis.zrangebyscore(this.#keys.active, sinceMs, '+inf')
  }

  async report(room: string, report: RoomReport) {
    await this.#run(scripts.reports, [this.#keys.reports(room)], [report.instance, JSON.stringify(report)])
  }

  async reports(room: string): Promise<RoomReport[]> {
    return this.#forms.reports(await this.#run<string[]>(scripts.reports, [this.#keys.reports(room)], []))
  }

  async reportPump(room: string, report: PumpReport) {
    await this.#redis.set(this.#keys.pump(room), JSON.stringify(report), 'PX', reportMs)
  }

  async pumpOf(room: string): Promise<PumpReport | undefined> {
    return this.#forms.pump(await this.#redis.get(this.#keys.pump(room)))
  }

  log(after: string, limit: number, waitMs: number, from?: (room: string) => Promise<Origin | undefined>) {
    return this.#log.read(after, Math.min(limit, readMax), waitMs, from)
  }

  async takenOver(room: string, from: string): Promise<Origin | undefined> {
    const taken = await this.#redis.hget(this.#keys.taken(room), from)
    const [epoch, seq] = taken?.split('.') ?? []
    return epoch ? { epoch, seq: Number(seq) } : undefined
  }

  async hold(room: string, held: HeldForLater): Promise<boolean> {
    const args = [seenKey(held, 'held '), held.message.id, JSON.stringify(held)]
    return (await this.#begin<number>(scripts.hold, room, [this.#keys.held(room)], args)) === 1
  }

  async held(room: string): Promise<HeldForLater[]> {
    const held = this.#forms.held(await this.#redis.hvals(this.#keys.held(room)))
    return held.toSorted((a, b) => a.message.at - b.message.at)
  }

  async takeHeld(room: string, id: string): Promise<HeldForLater | undefined> {
    const held = await this.#run<string | null>(scripts.takeHeld, [this.#keys.held(room)], [id])
    return this.#forms.held(held === null ? [] : [held])[0]
  }

  async nextId(room: string): Promise<string> {
    const [epoch, place] = await this.#begin<[string, string]>(scripts.nextId, room, [], [])
    return `${this.dc}.${epoch}.${place}`
  }

  async direct(message: DirectMessage) {
    await this.#redis.publish(this.#keys.direct, JSON.stringify(message))
  }

  listen(listener: RoomListener) {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  follow(room: string) {
    return this.#subscription.add(this.#keys.blocks(room))
  }

  unfollow(room: string) {
    return this.#subscription.remove(this.#keys.blocks(room))
  }

  async close() {
    this.#subscription.close()
    this.#redis.disconnect()
  }

  #heard(channel: string, payload: Buffer) {
    if (channel === this.#keys.accepted) {
      const room = payload.toString()
      this.#log.told(room)
      for (const listener of this.#listeners) listener.accepted?.(room)
    } else if (channel === this.#keys.direct) {
      const message = this.#forms.direct(payload.toString())
      if (message) for (const listener of this.#listeners) listener.direct?.(message)
    } else {
      const block = this.#forms.block(payload)
      if (block) for (const listener of this.#listeners) listener.block?.(this.#keys.roomOf(channel), block)
    }
  }

  /** Of what has been seen: own ones are remembered by their place, which is shorter. */
  #id(epoch: string, place: string) {
    return place.includes('.') ? place : `${this.dc}.${epoch}.${place}`
  }

  async #touch(rooms: readonly (readonly [string, number])[]) {
    const newestMs = Math.max(...rooms.map(([, atMs]) => atMs))
    const args = rooms.flatMap(([room, atMs]) => [atMs, room])
    await this.#run(scripts.touch, [this.#keys.active], [newestMs - idleMs, ...args])
  }

  /** A script that may begin an epoch. Chance is drawn here, because a script has none. */
  #begin<T>(script: Script, room: string, keys: readonly string[], args: readonly Argument[]): Promise<T> {
    return this.#run<T>(script, [...this.#keys.base(room), ...keys], [randomHex(4), ...args])
  }

  #run<T>(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<T> {
    return runScript<T>(this.#redis, script, keys, args)
  }
}
