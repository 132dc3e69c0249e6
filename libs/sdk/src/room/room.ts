import type { RoomMessage, RoomState } from '@gala/contracts'
import type { Transport } from '../call.js'
import { GalaError } from '../error.js'
import { readAnswer } from './answers.js'
import { FeedKeeper } from './feed.js'
import { Link } from './link.js'
import type { LinkEffect, LinkEvent, TimerName } from './link-events.js'
import { codeOf, type Outgoing, type Say, type Sent } from './outbox.js'
import { type Read, Reading } from './reading.js'
import type { Room, RoomOptions, RoomStatus } from './room-options.js'
import { Sending } from './sending.js'
import { handOut, Kept } from './watched.js'
import { Who } from './who.js'
import { type Incoming, Wire } from './wire.js'
import { type Asks, asksOf, socketUrl, type Taken, thisWorld, type World } from './world.js'

/** What would fail again, however often it is asked. */
const finalCodes = ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'VALIDATION_FAILED']
/** After a refusal that says that it will not pass by itself, and yet may: the platform is being changed. */
const doubtfulMs = 30_000

/**
 * Goes into a room and stays there: over a long connection where there can be one, by polling where not, in whichever data centre
 * answers. Every message comes once; what is missing is told. Nothing the platform sends makes it throw.
 */
export function room(
  transport: Transport,
  options: RoomOptions,
  world: World = thisWorld(),
  asks = asksOf(transport),
): Room {
  return new RoomClient(transport.baseUrl, options, world, asks)
}

class RoomClient implements Room {
  readonly status = new Kept<RoomStatus>({ link: { is: 'connecting' }, state: {} })
  readonly feed: Room['feed']
  readonly #baseUrl: string
  readonly #options: RoomOptions
  readonly #world: World
  readonly #asks: Asks
  readonly #link: Link
  readonly #reading = new Reading()
  readonly #keeper: FeedKeeper
  readonly #sending: Sending
  readonly #who: Who
  readonly #left = new AbortController()
  readonly #timers = new Map<TimerName, () => void>()
  /** Numbers of messages count from 0 with every client that is made: it takes a name of its own. */
  readonly #clientId = newClientId()
  #wire: Wire | undefined
  /** The token long connections are asked for with. */
  #knownBy: string | undefined

  constructor(baseUrl: string, options: RoomOptions, world: World, asks: Asks) {
    this.#baseUrl = baseUrl
    this.#options = options
    this.#world = world
    this.#asks = asks
    this.#who = new Who(options.viewer)
    this.#keeper = new FeedKeeper(options.feedMax ?? 500, () => this.#who.id)
    this.feed = { ...this.#keeper.view, remove: (key) => this.#keeper.remove(key) }
    this.#sending = new Sending(world, this.#keeper, {
      hasSocket: () => this.#mayWrite(),
      socket: (outgoing) => this.#write(outgoing),
      post: (outgoing) => this.#post(outgoing),
    })
    this.#link = new Link(
      options.transport ?? 'auto',
      () => world.random(),
      () => world.nowMs(),
    )
    world.page?.addEventListener('visibilitychange', this.#seen)
    options.signal?.addEventListener('abort', () => this.close(), { once: true })
    this.#step({ is: 'page', hidden: this.#hidden() })
    this.#step({ is: 'start' })
    if (options.signal?.aborted) this.close()
  }

  get cursor(): string {
    return this.#reading.cursor
  }

  send(say: Say): Promise<Sent> {
    return this.#sending.send(say)
  }

  close(): void {
    this.#step({ is: 'stop' })
  }

  /** The one place where something happens: the link says what is to be done about an event, and it is done. */
  #step(event: LinkEvent) {
    const before = this.#link.status
    for (const effect of this.#link.step(event)) this.#do(effect)
    const link = this.#link.status
    if (link === before) return
    this.#tell({ link })
    if (link.is === 'closed') this.#end(link.code)
    else if (before.is === 'live') this.#sending.socketLost()
    else if (link.is === 'live') this.#sending.flush()
  }

  #do(effect: LinkEffect): void {
    switch (effect.do) {
      case 'ask':
        void this.#ask()
        break
      case 'open':
        this.#open(effect.url)
        break
      case 'hello': {
        const { cursor } = this.#reading
        const { client = 'gala-sdk/0.1' } = this.#options
        this.#wire?.send({ kind: 'hello', ticket: effect.ticket, cursor, codings: this.#world.codings, client })
        break
      }
      case 'ping':
        this.#wire?.send({ kind: 'ping', number: this.#reading.blockNumber })
        break
      case 'hang-up':
        this.#wire?.hangUp()
        this.#wire = undefined
        break
      case 'poll':
        void this.#poll()
        break
      case 'timer':
        this.#timers.get(effect.name)?.()
        this.#timers.set(
          effect.name,
          this.#world.after(effect.ms, () => this.#step({ is: 'timer', name: effect.name })),
        )
        break
      case 'no-timer':
        this.#timers.get(effect.name)?.()
        this.#timers.delete(effect.name)
    }
  }

  async #ask() {
    try {
      const { signal } = this.#left
      const { urls, ticket } = await this.#who.as('known', (token) => {
        this.#knownBy = token
        return this.#asks.connect(this.#options.room, token, signal)
      })
      const whole = Array.isArray(urls) && urls.every((url) => typeof url === 'string') && typeof ticket === 'string'
      this.#step(whole ? { is: 'offered', urls, ticket } : { is: 'not-offered', ...notUnderstood })
    } catch (error) {
      this.#step({ is: 'not-offered', ...failureOf(error) })
    }
  }

  async #poll() {
    try {
      const answer = readAnswer(await this.#asks.poll(this.#options.room, this.#reading.cursor, this.#left.signal))
      if (this.#left.signal.aborted) return
      if (answer) this.#pass(this.#reading.answer(answer))
      this.#step(answer ? { is: 'polled', pollAfterMs: answer.pollAfterMs } : { is: 'poll-failed', ...notUnderstood })
    } catch (error) {
      this.#step({ is: 'poll-failed', ...failureOf(error) })
    }
  }

  #open(url: string) {
    let address: string
    try {
      address = socketUrl(url, this.#baseUrl)
    } catch {
      address = url
    }
    this.#wire?.hangUp()
    this.#wire = new Wire(this.#world, address, {
      opened: () => this.#step({ is: 'opened' }),
      frame: (frame) => this.#frame(frame),
      garbled: () => this.#step({ is: 'garbled' }),
      closed: (code) => this.#step({ is: 'closed', code }),
    })
  }

  #frame(frame: Incoming | undefined) {
    this.#step({ is: 'heard' })
    switch (frame?.kind) {
      case 'welcome':
        this.#step({ is: 'welcome', ...frame })
        this.#pass(this.#reading.welcomed(frame))
        break
      case 'block':
        this.#pass(this.#reading.block(frame.block))
        break
      case 'direct':
        this.#pass(this.#reading.direct(frame.block))
        break
      case 'ack':
        if (frame.clientId === this.#clientId) this.#sending.taken(frame.seq, frame)
        break
      case 'refused': {
        const { clientId, seq, code, detail, retryAfterMs } = frame
        if (clientId === this.#clientId) this.#sending.refused(seq, code, detail, retryAfterMs)
        break
      }
      case 'move':
        this.#step({ is: 'move', ...frame })
    }
  }

  /** Hands on what has been read. */
  #pass({ messages, dropped, gap, state }: Read) {
    const { onGap, onDropped, onMessage, onState } = this.#options
    const changed = { ...state, ...stateOf(messages) }
    this.#keeper.take(messages, dropped, gap)
    if (Object.keys(changed).length > 0) {
      const all = { ...this.status.getSnapshot().state, ...changed }
      this.#tell({ state: all })
      if (onState) handOut(() => onState(changed, all))
    }
    if (gap && onGap) handOut(onGap)
    if (onDropped && dropped.chat + dropped.notify > 0) handOut(() => onDropped(dropped))
    if (onMessage) for (const message of messages) handOut(() => onMessage(message))
  }

  #mayWrite() {
    const { link } = this.status.getSnapshot()
    return link.is === 'live' && link.maySend
  }

  #write(outgoing: Outgoing) {
    const { type, text, gift } = { text: '', gift: undefined, ...outgoing.say }
    const { clientId, seq, sentAtMs } = this.#numbered(outgoing)
    this.#wire?.send({ kind: 'send', type, text, gift: gift && { ...gift, value: 0 }, clientId, seq, sentAtMs })
  }

  async #post(outgoing: Outgoing): Promise<Taken> {
    const body = { ...outgoing.say, ...this.#numbered(outgoing) }
    let writtenBy: string | undefined
    const taken = await this.#who.as('needed', (token) => {
      writtenBy = token
      return this.#asks.send(this.#options.room, token, body, this.#left.signal)
    })
    if (writtenBy !== this.#knownBy) this.#step({ is: 'identity' })
    return taken
  }

  #numbered({ seq, saidAtMs }: Outgoing) {
    return { clientId: this.#clientId, seq, sentAtMs: Math.round(saidAtMs) }
  }

  #tell(part: Partial<RoomStatus>) {
    this.status.set({ ...this.status.getSnapshot(), ...part })
  }

  #hidden = () => this.#world.page?.visibilityState === 'hidden'
  readonly #seen = () => this.#step({ is: 'page', hidden: this.#hidden() })

  #end(code: string | undefined) {
    this.#left.abort()
    this.#world.page?.removeEventListener('visibilitychange', this.#seen)
    this.#sending.end(code === undefined ? 'LEFT' : codeOf(code))
  }
}

/** What control messages say of the state: whoever has missed them is told by the state itself. */
function stateOf(messages: readonly RoomMessage[]): RoomState {
  const slow = messages.findLast(({ control }) => control?.act === 'slow')
  return slow?.control ? { slowS: slow.control.value } : {}
}

const notUnderstood = { final: false, code: 'NOT_GALA', retryAfterMs: doubtfulMs }

function failureOf(error: unknown) {
  if (!(error instanceof GalaError)) return { final: false, code: 'NETWORK', retryAfterMs: 0 }
  const { code, retryable, retryAfterMs = retryable ? 0 : doubtfulMs } = error
  return { final: finalCodes.includes(code), code, retryAfterMs }
}

/** 96 random bits. `randomUUID` is not there on a page without TLS. */
const newClientId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
