import {
  AppError,
  type ErrorCode,
  type publicApi,
  type RoomSettings,
  type RouteInput,
  type RouteReply,
  type Viewer,
} from '@gala/contracts'
import { LocalLimiter } from '@gala/resilience'
import type { NewMessage } from '@gala/rooms'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { PARTS, type Parts } from '../parts.js'
import { type ApplicationSignals, SIGNALS } from '../signals.js'
import { MessageAudit } from './audit/message-audit.js'
import { GIFT_BOOK, type GiftBook } from './gift-book.js'
import { chatPriority, giftPriority } from './priority.js'
import { ROOMS, type Rooms } from './room-parts.js'
import { RoomRulesService } from './room-rules.service.js'
import { saidText } from './said-text.js'
import { SCREEN, type Screen } from './screening/screen.js'
import { SlowMode } from './slow-mode.js'

type Send = (typeof publicApi.rooms)['send']
type Body = RouteInput<Send>['body']
type Chat = Extract<Body, { type: 'chat' }>
type GiftOf = Extract<Body, { type: 'gift' }>
type Reply = RouteReply<Send>

/** Somebody says something somewhere. */
interface Saying<B extends Body = Body> {
  room: string
  viewer: Viewer
  body: B
}

/** A client that says it sent something longer ago has the wrong time. */
const underWayMaxMs = 60_000
/** Who comes later than this talks of something else. Gifts are worth showing for as long as there is room. */
const chatTtlS = 120
/**
 * Chat of one room in this process, a second. A room shows some 40 messages a second of it, so a fiftieth of that is a
 * fair sample; more would only keep Redis from taking gifts, which are not counted here.
 */
const chatLimit = { name: 'chat', rate: 2_000, burst: 4_000, keysMax: 10_000 }
const heldRetryAfterMs = 10_000
/** Refusals that say what is so now, and may not have been so when the same message was taken. */
const notWhenTaken: ReadonlySet<ErrorCode> = new Set([
  'ROOM_CLOSED',
  'MUTED',
  'TEXT_REFUSED',
  'GIFT_UNKNOWN',
  'SWITCHED_OFF',
])

/** Takes down what viewers say in this data centre. In which order it is asked whether they may: `docs/decisions/0025-what-is-said-is-screened.md`. */
@Injectable()
export class ChatService {
  readonly #chat: LocalLimiter

  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'guarded'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'clock' | 'switches'>,
    @Inject(SIGNALS) private readonly signals: Pick<ApplicationSignals, 'said' | 'unsaid' | 'saidAgain' | 'screened'>,
    @Inject(ROOMS) private readonly rooms: Pick<Rooms, 'own'>,
    @Inject(SCREEN) private readonly screen: Screen,
    @Inject(GIFT_BOOK) private readonly book: GiftBook,
    private readonly rules: RoomRulesService,
    private readonly slow: SlowMode,
    private readonly audit: MessageAudit,
  ) {
    this.#chat = new LocalLimiter(chatLimit, context.clock)
  }

  /**
   * Takes a message down, or says what it was taken down as before.
   * @throws AppError ROOM_NOT_FOUND, ROOM_CLOSED, MUTED, SWITCHED_OFF, RATE_LIMITED, VALIDATION_FAILED, TEXT_REFUSED, GIFT_UNKNOWN,
   * ROOM_UNAVAILABLE.
   */
  async send(room: string, body: Body, viewer: Viewer): Promise<Reply> {
    try {
      const reply = await this.#orAsBefore({ room, viewer, body })
      if (reply.repeated) this.signals.saidAgain()
      else this.signals.said(body.type)
      return reply
    } catch (error) {
      this.signals.unsaid(error instanceof AppError ? error.code : 'ERROR')
      throw error
    }
  }

  /** What has been taken is not refused when its answer was lost and the viewer asks again, whatever has changed since. */
  async #orAsBefore(saying: Saying): Promise<Reply> {
    try {
      const { room, viewer, body } = saying
      const settings = await this.rules.forViewer(room, viewer.id)
      return body.type === 'chat'
        ? await this.#say({ room, viewer, body }, settings)
        : await this.#give({ room, viewer, body })
    } catch (error) {
      if (!(error instanceof AppError) || !notWhenTaken.has(error.code)) throw error
      const before = await this.#before(saying)
      if (!before) throw error
      return before
    }
  }

  async #say(saying: Saying<Chat>, { onHit, slowS, chat }: RoomSettings): Promise<Reply> {
    const { room, viewer, body } = saying
    if (!chat || this.context.switches.rung('chat', { id: viewer.id }) === 'omit') {
      throw new AppError('SWITCHED_OFF', 'nobody may write here right now')
    }
    const pace = this.#chat.take(room)
    if (!pace.admitted) {
      const { retryAfterMs } = pace
      throw new AppError('RATE_LIMITED', 'more is said in this room than it can take', { retryAfterMs })
    }
    const text = saidText(body.text)
    const verdict = await this.screen.check(text, onHit)
    if (verdict.act !== 'pass') this.#tellScreened(saying, verdict.act, text)
    if (verdict.act === 'refuse') throw new AppError('TEXT_REFUSED', 'this text is not shown here')
    if (slowS > 0) await this.#takeTurn(saying, slowS)
    const shown = verdict.act === 'mask' ? verdict.masked : text
    const message = { ...(await this.#message(saying)), priority: chatPriority, text: shown, ttlS: chatTtlS }
    return verdict.act === 'hold' ? this.#hold(saying, message, verdict.words) : this.#accept(room, message)
  }

  async #give(saying: Saying<GiftOf>): Promise<Reply> {
    const { kind, count } = saying.body.gift
    const { value } = await this.rules.gift(kind)
    const gift = { kind, count, value }
    const message = { ...(await this.#message(saying)), priority: giftPriority(value, count), gift, ttlS: 0 }
    await this.book.book(saying.room, message)
    return this.#accept(saying.room, message)
  }

  /** Names are made up by viewers too: what is found in one is covered, whatever becomes of texts. */
  async #message({ viewer: { id, name, avatar }, body }: Saying): Promise<NewMessage> {
    const { masked } = await this.screen.check(name, 'mask')
    const nowMs = this.context.clock.nowMs()
    return {
      type: body.type,
      priority: 0,
      from: { id, name: masked, avatar },
      text: '',
      at: nowMs,
      underWayMs: Math.min(Math.max(0, nowMs - (body.sentAtMs ?? nowMs)), underWayMaxMs),
      ttlS: 0,
      client: clientOf(id, body),
      seq: body.seq,
    }
  }

  #tellScreened({ room, viewer: { id, name, avatar }, body }: Saying, act: 'mask' | 'hold' | 'refuse', text: string) {
    this.signals.screened(act)
    const from = { id, name, avatar }
    const at = this.context.clock.nowMs()
    this.audit.screened(room, act, { type: body.type, from, at, client: clientOf(id, body), seq: body.seq }, text)
  }

  async #takeTurn({ room, viewer, body }: Saying, slowS: number) {
    const mark = `${body.clientId}/${body.seq}`
    const retryAfterMs = await this.#stored(() => this.slow.take(room, viewer.id, slowS, mark))
    if (retryAfterMs === 0) return
    throw new AppError('RATE_LIMITED', `this room takes one message of a viewer in ${slowS} s`, { retryAfterMs })
  }

  async #accept(room: string, message: NewMessage): Promise<Reply> {
    const { id, repeated } = await this.#stored(() => this.rooms.own.accept(room, message))
    return replyOf(id, message.text, { repeated })
  }

  async #hold(saying: Saying, message: NewMessage, words: readonly string[]): Promise<Reply> {
    const before = await this.#before(saying)
    if (before) return before
    const { room } = saying
    const { own } = this.rooms
    const { client, seq, ...shown } = message
    const id = await this.#stored(() => own.nextId(room))
    const held = { message: { ...shown, id }, words: [...words], dc: own.dc, client, seq }
    const kept = await this.#stored(() => own.hold(room, held))
    if (!kept) {
      const more = { retryAfterMs: heldRetryAfterMs }
      throw new AppError('RATE_LIMITED', 'too many messages wait to be looked at', more)
    }
    // The same message may have come twice at the same time: one of them is held.
    const as = await this.#stored(() => own.known(room, client, seq))
    return replyOf(as?.id ?? id, message.text, { held: true })
  }

  /** The answer a message got before; what the others see of it is what screening makes of it now. */
  async #before({ room, viewer, body }: Saying): Promise<Reply | undefined> {
    const known = await this.#stored(() => this.rooms.own.known(room, clientOf(viewer.id, body), body.seq))
    if (!known) return undefined
    const text = body.type === 'chat' ? saidText(body.text) : ''
    const shown = known.held ? text : (await this.screen.check(text, 'mask')).masked
    return replyOf(known.id, shown, { held: known.held, repeated: true })
  }

  async #stored<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await this.parts.guarded(call)
    } catch (cause) {
      throw new AppError('ROOM_UNAVAILABLE', 'nothing can be taken down in this room right now', { cause })
    }
  }
}

/** The last dash-or-letter part is the client's, so no two viewers share one. */
const clientOf = (viewer: string, { clientId }: Body) => `${viewer}/${clientId}`

function replyOf(id: string, text: string, { held = false, repeated = false }): Reply {
  const [dc = '', epoch = '', sequence = ''] = id.split('.')
  return { id, position: { dc, epoch, sequence: Number(sequence) }, held, text, repeated }
}
