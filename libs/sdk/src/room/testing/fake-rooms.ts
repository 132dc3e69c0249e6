import { inflateRawSync } from 'node:zlib'
import { type ClientFrame, formatCursor, type RoomMessage, type RoomState } from '@gala/contracts'
import type { VirtualClock } from '@gala/kernel/testing'
import type { Say } from '../outbox.js'
import type { Asks, Numbered, Taken, World } from '../world.js'
import { FakeDc, FakeSocket } from './fake-dc.js'

/** A room in two data centres, with everything between them and a client in the hands of a test. */
export class FakeRooms {
  readonly clock: VirtualClock
  readonly random: () => number
  readonly a = new FakeDc('dc-a', '0000000a')
  readonly b = new FakeDc('dc-b', '0000000b')
  readonly tickets = new Set<string>()
  readonly opened: FakeSocket[] = []
  readonly asked: string[] = []
  urls = ['ws://dc-a/socket', 'ws://dc-b/socket']
  /** Fails a question before it is answered, when it throws. */
  before: (question: 'connect' | 'poll' | 'send') => void = () => {}
  /** What to say to something sent; undefined: it is taken. */
  refusal: { code: string; retryAfterMs: number } | undefined
  /** Answers to what was sent over a socket get lost. */
  losesAcks = false
  masks: (text: string) => string = (text) => text
  pollDc: FakeDc = this.a
  /** What was sent several times and taken more than once. */
  readonly twice: string[] = []
  page = new FakePage()
  readonly #sent = new Map<string, Taken>()
  readonly #mirrorMs: number
  #tickets = 0

  constructor(clock: VirtualClock, random: () => number, mirrorMs = 50) {
    this.clock = clock
    this.random = random
    this.#mirrorMs = mirrorMs
  }

  readonly delayMs = () => 5 + Math.floor(this.random() * 20)

  ticket(): string {
    const ticket = `t${this.#tickets++}`
    this.tickets.add(ticket)
    return ticket
  }

  /** Somebody else says something. */
  says(dc: FakeDc, text: string, more: Partial<RoomMessage> = {}): RoomMessage {
    const from = { id: 'v-other', name: 'Other', avatar: '' }
    const plain = { type: 'chat' as const, priority: 0, underWayMs: 0, ttlS: 0 }
    const message = dc.take({ ...plain, from, text, at: Math.round(this.clock.nowMs()), ...more })
    const other = dc === this.a ? this.b : this.a
    this.clock.after(this.#mirrorMs, () => other.takeOver(message))
    return message
  }

  pump(): void {
    for (const dc of [this.a, this.b]) dc.pump(this.clock.nowMs(), this.random)
  }

  accept(dc: FakeDc, { clientId, seq, ...say }: Say & Pick<Numbered, 'clientId' | 'seq'>): Taken {
    const known = this.#sent.get(`${clientId}/${seq}`)
    if (known) return known
    const text = say.type === 'chat' ? this.masks(say.text) : ''
    const from = { id: 'v-me', name: 'Me', avatar: '' }
    const gift = say.type === 'gift' ? { gift: { ...say.gift, value: 100 } } : {}
    const { id } = this.says(dc, text, { type: say.type, from, ...gift })
    const taken = { id, held: false, text }
    if (this.#sent.has(`${clientId}/${seq}`)) this.twice.push(id)
    this.#sent.set(`${clientId}/${seq}`, taken)
    return taken
  }

  answerSend(socket: FakeSocket, { clientId, seq, type, text, gift }: ClientFrame & { kind: 'send' }) {
    if (this.refusal) return socket.say({ kind: 'refused', clientId, seq, detail: 'no', ...this.refusal })
    const say = type === 'gift' && gift ? { type: 'gift' as const, gift } : { type: 'chat' as const, text }
    const taken = this.accept(socket.dc, { ...say, clientId, seq })
    const told = { ...taken, text: taken.text === text ? '' : taken.text }
    if (this.losesAcks) return
    this.clock.after(this.delayMs(), () => socket.say({ kind: 'ack', clientId, seq, ...told }))
  }

  readonly asks: Asks = {
    connect: async () => {
      await this.#question('connect')
      return { urls: this.urls, ticket: this.ticket() }
    },
    poll: async (_room, after) => {
      await this.#question('poll')
      const { blocks, gap } = this.pollDc.after(after)
      const dropped = { chat: blocks.reduce((sum, block) => sum + block.dropped.chat, 0), notify: 0 }
      const state = Object.assign({}, ...blocks.map((block) => block.state)) as RoomState
      const cursor = blocks.at(-1) ? formatCursor(blocks.at(-1)?.to ?? new Map()) : after
      return { messages: blocks.flatMap((block) => block.messages), cursor, pollAfterMs: 1_000, dropped, state, gap }
    },
    send: async (_room, _token, body) => {
      await this.#question('send')
      return this.accept(this.pollDc, body)
    },
  }

  world(): World {
    const { clock } = this
    return {
      nowMs: () => clock.nowMs(),
      after: (ms, run) => clock.after(ms, run),
      random: this.random,
      open: (url) => {
        const socket = new FakeSocket(this, url.includes('dc-a') ? this.a : this.b)
        this.opened.push(socket)
        return socket
      },
      codings: ['deflate'],
      undo: async (_, bytes) => new Uint8Array(inflateRawSync(bytes)),
      page: this.page,
    }
  }

  async #question(question: 'connect' | 'poll' | 'send') {
    this.asked.push(question)
    await this.clock.sleep(this.delayMs())
    this.before(question)
  }
}

class FakePage {
  visibilityState = 'visible'
  readonly #listeners = new Set<() => void>()

  addEventListener(_: 'visibilitychange', listener: () => void) {
    this.#listeners.add(listener)
  }

  removeEventListener(_: 'visibilitychange', listener: () => void) {
    this.#listeners.delete(listener)
  }

  is(state: 'visible' | 'hidden') {
    this.visibilityState = state
    for (const listener of this.#listeners) listener()
  }
}
