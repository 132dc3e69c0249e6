import { AppError, type Event, type publicApi, type RoomSettings, type RouteInput } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import type { ApplicationContext } from '../application.config.js'
import type { EventsService } from '../events/events.service.js'
import type { Parts } from '../parts.js'
import type { ApplicationSignals } from '../signals.js'
import type { MessageAudit } from './audit/message-audit.js'
import type { ChatRepository } from './chat.repository.js'
import { ChatService } from './chat.service.js'
import type { GiftBook } from './gift-book.js'
import { RoomRulesService } from './room-rules.service.js'
import type { Screen, Verdict } from './screening/screen.js'
import type { SlowMode } from './slow-mode.js'

type Body = RouteInput<(typeof publicApi.rooms)['send']>['body']

export const anna = { id: 'anna', name: 'Anna', avatar: 'fox', cohort: '' }
const clientId = 'client-1'
export const say = (text: string, seq = 1): Body => ({ type: 'chat', text, clientId, seq })
export const give = (kind: string, count = 1, seq = 1): Body => ({ type: 'gift', gift: { kind, count }, clientId, seq })

/** Words that name what becomes of them. */
const screen: Screen = {
  check: (text, onHit): Verdict => {
    const found = (['refuse', 'hold', 'mask'] as const).find((act) => text.includes(act))
    const act = found ?? (text.includes('room') ? onHit : 'pass')
    return { act, words: act === 'pass' ? [] : [act], masked: text.replaceAll(/refuse|hold|mask|room/g, '****') }
  },
}

/** A chat service with a store in memory, and everything around it as a test says. */
export class ChatRig {
  readonly clock = new VirtualClock()
  readonly store = new MemoryRoomStore({ dc: 'dc-a', clock: this.clock })
  readonly events: Record<string, Pick<Event, 'room'>> = { gala: { room: 'open' }, late: { room: 'closed' } }
  settings: Partial<RoomSettings> = {}
  mutes: Record<string, number> = {}
  rulesFail = false
  bookFails: Error | undefined
  switchedOff = false
  /** How long slow mode makes everybody wait. */
  waitMs = 0
  readonly booked: { kind: string | undefined; shown: boolean }[] = []
  readonly turns: string[] = []
  readonly told: string[] = []
  readonly audited: string[] = []
  readonly chat: ChatService

  constructor() {
    const parts = { cache: { getOrLoad: loaded }, guarded: <T>(call: () => Promise<T>) => call() } as unknown as Parts
    const switches = { rung: () => (this.switchedOff ? 'omit' : 'full') }
    const context = { clock: this.clock, switches } as unknown as ApplicationContext
    const rules = new RoomRulesService(parts, context, this.#events(), this.#repository())
    const rooms = { own: this.store }
    this.chat = new ChatService(
      parts,
      context,
      this.#signals(),
      rooms,
      screen,
      this.#book(),
      rules,
      this.#slow(),
      this.#audit(),
    )
  }

  send(body: Body, { room = 'gala', viewer = anna } = {}) {
    return this.chat.send(room, body, viewer)
  }

  async refusal(body: Body, room = 'gala'): Promise<AppError> {
    const error = await this.send(body, { room }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof AppError)) throw error ?? new Error('it was not refused')
    return error
  }

  async codeOf(body: Body, room?: string) {
    return (await this.refusal(body, room)).code
  }

  /** What the others see, newest first. */
  async shown() {
    return (await this.store.newest('gala', 10)).map(({ text }) => text)
  }

  #events() {
    const find = async (id: string) => {
      if (!Object.hasOwn(this.events, id)) throw new AppError('EVENT_NOT_FOUND', 'none')
      return { value: this.events[id] }
    }
    return { find } as unknown as EventsService
  }

  #repository() {
    const mayFail = <T>(value: T) => {
      if (this.rulesFail) throw new AppError('DATABASE_UNAVAILABLE', 'gone')
      return { value }
    }
    const settings = (room: string) => ({ room, onHit: 'mask', slowS: 0, chat: true, version: 1, ...this.settings })
    return {
      rules: async (room: string) => mayFail({ settings: settings(room), mutes: this.mutes }),
      gifts: async () => mayFail([{ kind: 'rose', title: 'Rose', value: 100 }]),
    } as unknown as ChatRepository
  }

  #book(): GiftBook {
    return {
      book: async (room, { gift }) => {
        if (this.bookFails) throw this.bookFails
        const shown = !this.store.failing && (await this.store.newest(room, 1)).length > 0
        this.booked.push({ kind: gift?.kind, shown })
      },
    }
  }

  #slow() {
    const take = async (...asked: unknown[]) => {
      this.turns.push(asked.join(' '))
      return this.waitMs
    }
    return { take } as unknown as SlowMode
  }

  #audit() {
    const screened = (room: string, act: string, { client, seq }: { client: string; seq: number }, text: string) =>
      this.audited.push([room, act, client, seq, text].join(' '))
    return { screened } as unknown as MessageAudit
  }

  #signals() {
    return {
      said: (type: string) => this.told.push(`said ${type}`),
      unsaid: (code: string) => this.told.push(`unsaid ${code}`),
      saidAgain: () => this.told.push('again'),
      screened: (act: string) => this.told.push(`screened ${act}`),
    } as unknown as ApplicationSignals
  }
}

/** A cache that remembers nothing. */
const loaded = async ({ load }: { load: (atLeast: number) => Promise<unknown> }) => load(0)
