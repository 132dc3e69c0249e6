import type { PushedValue } from '@gala/bus'
import { MemoryStore, type SharedStore } from '@gala/cache/testing'
import type { Change } from '@gala/contracts'
import type { World } from './world.js'

/** What a process of the data centre hears from Redis. */
export type Message =
  | { change: Change }
  | { beat: { position: number; run: string; asOfMs: number } }
  | { value: PushedValue }
  | { channel: string; text: string }

/** What happens to messages: parts of all of them. */
interface MessageTrouble {
  lossPart: number
  repeatPart: number
  reorders: boolean
}
const calm: MessageTrouble = { lossPart: 0, repeatPart: 0, reorders: false }

interface Subscriber {
  take: (message: Message) => void
  cutUntilMs: number
  /** Nothing arrives before then, and then what has piled up. */
  heldUntilMs: number
  /** How many of them do: a connection that breaks leaves the first few in the buffers of the receiver. */
  heldMost: number
  /** Messages of one connection keep their order, unless the history is one that reorders. */
  lastAtMs: number
}

const clientTimeoutMs = 250
const ringLength = 32

/**
 * One Redis, played: the store that passes the same conformance suite as the real one, its ring and its Pub/Sub, behind
 * a network that is slow, loses, repeats and reorders, and with a server that pauses, dies and forgets.
 */
export class SimRedis {
  readonly #store: MemoryStore
  readonly #subscribers = new Set<Subscriber>()
  #ring: Change[] = []
  #announced: number | undefined
  /** Not the server it was at the last heartbeat. */
  #another = false
  readonly #values = new Map<string, string>()
  #pausedUntilMs = 0
  #downUntilMs = 0
  #messages: MessageTrouble = calm

  constructor(private readonly world: World) {
    this.#store = new MemoryStore(world)
  }

  /** The store as one process reaches it. */
  store(): SharedStore {
    return {
      read: (key, tags) => this.#call(() => this.#store.read(key, tags)),
      fill: (key, tags, token, raw, lifeMs) => this.#call(() => this.#store.fill(key, tags, token, raw, lifeMs)),
      claim: (key, tags, token, forMs, seen) => this.#call(() => this.#store.claim(key, tags, token, forMs, seen)),
      release: (key, tags, token) => this.#call(() => this.#store.release(key, tags, token)),
    }
  }

  /** What `announceScript` of libs/bus does, in one step. */
  publish(change: Change): Promise<void> {
    return this.#call(async () => {
      for (const tag of change.tags) this.#store.raise(tag, change.position)
      if (change.position > (this.#ring.at(-1)?.position ?? 0)) this.#ring.push(change)
      if (this.#ring.length > ringLength) this.#ring.shift()
      this.#send({ change })
    })
  }

  /** What `markScript` of libs/bus does, in one step. */
  heartbeat(beat: { position: number; run: string; asOfMs: number }): Promise<void> {
    return this.#call(async () => {
      this.#store.heartbeat(beat.position, this.#another)
      this.#another = false
      this.#announced = Math.max(this.#announced ?? 0, beat.position)
      this.#send({ beat })
    })
  }

  push(value: PushedValue): Promise<void> {
    return this.#call(async () => this.#send({ value }))
  }

  /** A plain command on plain values, for peers that bring their own client. */
  command<T>(run: (values: Map<string, string>) => T): Promise<T> {
    return this.#call(async () => run(this.#values))
  }

  /** A plain message on a channel, for peers that bring their own client. */
  broadcast(channel: string, text: string): Promise<void> {
    return this.#call(async () => this.#send({ channel, text }))
  }

  /** Returns the function that ends it. */
  listen(channel: string, take: (text: string) => void): () => void {
    const subscriber = this.subscribe((message) => {
      if ('channel' in message && message.channel === channel) take(message.text)
    })
    return () => this.unsubscribe(subscriber)
  }

  announced(): Promise<number | undefined> {
    return this.#call(async () => this.#announced)
  }

  readAgain(after: number, upTo: number): Promise<Change[]> {
    return this.#call(async () => this.#ring.filter(({ position }) => position > after && position <= upTo))
  }

  subscribe(take: (message: Message) => void): Subscriber {
    const subscriber = { take, cutUntilMs: 0, heldUntilMs: 0, heldMost: 0, lastAtMs: 0 }
    this.#subscribers.add(subscriber)
    return subscriber
  }

  unsubscribe(subscriber: Subscriber) {
    this.#subscribers.delete(subscriber)
  }

  trouble(forMs: number, trouble: Partial<MessageTrouble>) {
    this.#messages = { ...calm, ...trouble }
    this.world.after(forMs, () => {
      this.#messages = calm
    })
  }

  /** Cuts most subscriptions: what passes meanwhile is gone. */
  cut(forMs: number) {
    const untilMs = this.world.monotonicMs() + forMs
    for (const subscriber of this.#subscribers) if (this.world.chance(0.7)) subscriber.cutUntilMs = untilMs
  }

  /** Most subscriptions stall, as on a network that has to send again; some break in the end. What comes is late. */
  hold(forMs: number) {
    const untilMs = this.world.monotonicMs() + forMs
    for (const subscriber of this.#subscribers) {
      if (this.world.chance(0.3)) continue
      subscriber.heldUntilMs = untilMs
      subscriber.heldMost = Number.POSITIVE_INFINITY
      if (this.world.chance(0.5)) continue
      subscriber.heldMost = Math.ceil(this.world.between(0, 8))
      this.world.after(forMs, () => {
        subscriber.cutUntilMs = this.world.monotonicMs() + this.world.between(0, 1_500)
      })
    }
  }

  pause(forMs: number) {
    this.#pausedUntilMs = this.world.monotonicMs() + forMs
  }

  /** Dead for a while, then back: with everything, or with nothing. */
  kill(forMs: number, forgets: boolean) {
    this.#downUntilMs = this.world.monotonicMs() + forMs
    for (const subscriber of this.#subscribers) subscriber.cutUntilMs = this.#downUntilMs + this.world.between(0, 200)
    this.#another = true
    if (!forgets) return
    this.#store.forget()
    this.#values.clear()
    this.#announced = undefined
    this.#ring = []
  }

  /**
   * The master goes on while its replica hears nothing, then dies; the replica takes over with what it had. Acknowledged
   * writes of that time are gone, which is what asynchronous replication promises.
   */
  failOver(behindMs: number, downMs: number) {
    const { world } = this
    const replica = { store: this.#store.copy(), ring: [...this.#ring], values: new Map(this.#values) }
    const announced = this.#announced
    world.after(behindMs, () => {
      this.kill(downMs, false)
      this.#store.restore(replica.store)
      this.#ring = replica.ring
      this.#announced = announced
      this.#values.clear()
      for (const [key, value] of replica.values) this.#values.set(key, value)
    })
  }

  #send(message: Message) {
    for (const subscriber of this.#subscribers) {
      if (this.world.monotonicMs() < subscriber.cutUntilMs || this.world.chance(this.#messages.lossPart)) continue
      this.#deliver(subscriber, message)
      if (this.world.chance(this.#messages.repeatPart)) this.#deliver(subscriber, message)
    }
  }

  #deliver(subscriber: Subscriber, message: Message) {
    const { world } = this
    if (world.monotonicMs() < subscriber.heldUntilMs && subscriber.heldMost-- <= 0) return
    const travelMs = world.chance(0.1) ? world.between(0, 25) : world.between(0, 3)
    const atMs = this.#messages.reorders
      ? world.monotonicMs() + travelMs
      : Math.max(subscriber.lastAtMs + 0.01, subscriber.heldUntilMs + travelMs, world.monotonicMs() + travelMs)
    subscriber.lastAtMs = atMs
    world.after(atMs - world.monotonicMs(), () => this.#subscribers.has(subscriber) && subscriber.take(message))
  }

  /** One command: it may be carried out although its answer comes too late. */
  async #call<T>(command: () => Promise<T>): Promise<T> {
    const { world } = this
    await world.sleep(world.between(0, 2))
    const nowMs = world.monotonicMs()
    if (nowMs < this.#downUntilMs) throw new Error('connection refused')
    const pauseMs = this.#pausedUntilMs - nowMs
    if (pauseMs > clientTimeoutMs) {
      world.after(pauseMs, () => void command())
      await world.sleep(clientTimeoutMs)
      throw new Error('timed out')
    }
    if (pauseMs > 0) await world.sleep(pauseMs)
    const answer = await command()
    await world.sleep(world.between(0, world.chance(0.1) ? 30 : 2))
    if (world.monotonicMs() < this.#downUntilMs) throw new Error('connection reset')
    return answer
  }
}
