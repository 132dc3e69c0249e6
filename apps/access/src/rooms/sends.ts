import {
  AppError,
  type ClientFrame,
  criticalityOf,
  errorCodes,
  isErrorCode,
  parseInput,
  publicApi,
  type Route,
  type RouteReply,
  type ServerFrame,
  type SwitchKey,
  type Viewer,
} from '@gala/contracts'
import { randomUnit } from '@gala/kernel'
import { quickTraceOf, type Traces, toAppError } from '@gala/runtime'
import type { Application } from '../application.js'
import type { Limits, RouteLimits } from '../limits.js'

type Send = Extract<ClientFrame, { kind: 'send' }>

const { send } = publicApi.rooms
const route = send as unknown as Route

interface Parts {
  application: Pick<Application, 'pass'>
  limits: Limits
  /** Lets a message in when there is room for it, as requests are let in. */
  enter: (criticality: Route['criticality'], network: string) => (() => void) | undefined
  /** Whether operators have switched this off for whoever asks from there. */
  isOff: (key: SwitchKey, network: string) => boolean
  onInternal: (error: AppError, route: Route) => void
  traces?: Pick<Traces, 'task'> | undefined
}

/** As of a message that is posted. */
const slowMs = route.timeoutMs / 4
const failed = (answer: ServerFrame) =>
  answer.kind === 'refused' && isErrorCode(answer.code) && errorCodes[answer.code].status >= 500

/** Messages that come over long connections: the same as those that are posted, with the same limits, and application knows no difference. */
export class Sends {
  readonly #limits: RouteLimits | undefined

  constructor(private readonly parts: Parts) {
    this.#limits = parts.limits.of(route)
  }

  take(frame: Send, room: string, viewer: Viewer | undefined, network: string): Promise<ServerFrame> {
    const take = () => this.#take(frame, room, viewer, network)
    const { traces } = this.parts
    return traces ? traces.task('room.send', { 'gala.event': room }, take, { slowMs, failed }) : take()
  }

  async #take(frame: Send, room: string, viewer: Viewer | undefined, network: string): Promise<ServerFrame> {
    const done = this.parts.enter(criticalityOf(route, frame.type), network)
    if (!done) return refusedFor(frame, new AppError('OVERLOADED', 'come back in a moment'))
    let leave: (() => void) | undefined
    try {
      if (!viewer) throw new AppError('UNAUTHENTICATED', 'connect with a token to write')
      // Gifts go on when chat is off.
      const off = (['rooms', ...(frame.type === 'chat' ? (['chat'] as const) : [])] as const).find((key) =>
        this.parts.isOff(key, network),
      )
      if (off) throw new AppError('SWITCHED_OFF', 'operators have switched this off', { retryAfterMs: 20_000 })
      const input = parseInput(route, { params: { room }, query: {}, body: bodyOf(frame) })
      leave = await this.#limits?.enter(input, { network: () => network, viewer: viewer.id }, () => {})
      const { traceparent } = quickTraceOf(undefined)
      const { body } = await this.parts.application.pass(route, input, viewer, traceparent, route.timeoutMs)
      const { id, held, text } = JSON.parse(body.toString('utf8')) as RouteReply<typeof send>
      const { clientId, seq } = frame
      return { kind: 'ack', clientId, seq, id, held, text: text === frame.text ? '' : text }
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.code === 'INTERNAL') this.parts.onInternal(error, route)
      return refusedFor(frame, error)
    } finally {
      done()
      leave?.()
    }
  }
}

/** As the body of a post. */
function bodyOf({ type, text, gift, clientId, seq, sentAtMs }: Send): unknown {
  const sent = { clientId, seq, ...(sentAtMs > 0 && { sentAtMs }) }
  if (type !== 'gift') return { type, text, ...sent }
  return { type, gift: gift && { kind: gift.kind, count: gift.count }, ...sent }
}

export function refusedFor({ clientId, seq }: Send, error: AppError): ServerFrame {
  const { code, message, retryable } = error
  const retryAfterMs = error.retryAfterMs ?? (retryable ? 1_000 + Math.floor(randomUnit() * 4_000) : 0)
  return { kind: 'refused', clientId, seq, code, detail: message.slice(0, 300), retryAfterMs }
}
