import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http'
import {
  AppError,
  criticalityOf,
  cutMark,
  headers,
  type Route,
  type SwitchKey,
  switches,
  switchKeys,
} from '@gala/contracts'
import { randomUnit } from '@gala/kernel'
import type { Viewer } from '@gala/resilience'
import type { AppContext } from './context.js'
import { allowedMs, askedMs, expired, setDue } from './deadline.js'
import type { Left, LetIn, Ready } from './door.js'
import { endOfSecond } from './edge.js'
import { type Asked, named } from './named-header.js'
import { retryAfterS } from './problem.js'
import { isPlain, ReadyTexts, writeText } from './ready-text.js'
import { RouteTable } from './route-table.js'
import type { Shedding } from './shedding.js'
import { quickTraceOf } from './trace.js'
import { forceOf } from './traces/forced.js'

/**
 * What stands before the framework: it answers what is in memory and fresh, and of the rest it lets in what there is room for.
 * Only what it recognises as a route of the table; probes, odd methods and everything else go on as they came.
 *
 * `internal` says that whoever asks is one of ours, and may be believed how long it waits. `hit` answers what is fresh and not
 * cut by a switch, and nothing else.
 */
export function withFront(
  context: AppContext,
  shedding: Shedding,
  routes: readonly Route[],
  internal: boolean,
  framework: RequestListener,
): { listener: RequestListener; hit: (request: Asked & { method: string }) => Ready | undefined; texts: ReadyTexts } {
  const { clock, switches: board, traffic } = context
  const { headroom, shedder } = shedding
  const table = new RouteTable(routes)
  const texts = new ReadyTexts(clock)
  const counts = new Map(routes.map((route) => [route, context.requests.of(route.method, route.path)]))
  const refuseFull = refusal(
    context,
    texts,
    new AppError('OVERLOADED', 'come back in a moment'),
    'overload',
    retryAfterS,
  )
  const refuseLate = refusal(context, texts, expired(), 'overload', retryAfterS)
  const off = new Map(switchKeys.map((key) => [key, switchedOff(context, texts, key)]))
  const ended = () => shedding.ended()

  const answered = (route: Route, status: number, what: 'hit' | 'left' | 'refused') => {
    counts.get(route)?.add(status)
    traffic.add({ tookMs: headroom.waitedMs, status, hit: what === 'hit', degraded: what !== 'hit' })
  }
  const refuse = (write: RequestListener, route: Route, request: IncomingMessage, response: ServerResponse) => {
    write(request, response)
    answered(route, response.statusCode, 'refused')
  }
  /** Writes what is left of a feature, or else a refusal. */
  const orElse = (
    left: Left,
    write: RequestListener,
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
  ) => {
    if (left instanceof Promise) return void left.then((found) => orElse(found, write, route, request, response))
    if (left === undefined) return refuse(write, route, request, response)
    texts.write(left, request, response)
    answered(route, response.statusCode, 'left')
  }
  /** True when the switch before the route has answered. */
  const cut = (key: SwitchKey, route: Route, request: IncomingMessage, response: ServerResponse): boolean => {
    const partial = board.isPartial(key)
    const rung = board.rung(key, partial ? viewerOf(request) : undefined)
    if (rung === 'full') return false
    const left = rung === 'omit' ? undefined : shedding.copies?.cut(route, rung, partial, request)
    if (rung === 'cached' && left === undefined) return false
    orElse(left, off.get(key)?.(partial) ?? refuseFull, route, request, response)
    return true
  }

  // HEAD is GET without the body, which Node leaves out.
  const routeOf = ({ method = '', url = '' }: { method?: string | undefined; url?: string | undefined }) =>
    table.find(method === 'HEAD' ? 'GET' : method, url)

  /** What is done behind an answer from memory matters as much as the answer would. */
  const letIn: LetIn = (route, request) => {
    if (!shedding.on) return nothing
    if (!shedder.admit(criticalityOf(route), clientOf(request))) return undefined
    shedding.began()
    return ended
  }
  const fresh = (route: Route, request: Asked): Ready | undefined => {
    const ready = shedding.copies?.fresh(route, request, letIn)
    if (ready) answered(route, ready.status, 'hit')
    return ready
  }
  /** Whose trace is to be whole gets nothing from memory. */
  const isForced = (request: IncomingMessage) =>
    context.traces !== undefined && forceOf(context.traces, request) !== undefined
  const hit = (request: Asked & { method: string }) => {
    const route = routeOf(request)
    if (!route || (route.switch !== undefined && !board.isWhole(route.switch))) return undefined
    return fresh(route, request)
  }

  const listener: RequestListener = (request, response) => {
    const route = routeOf(request)
    if (!route) return framework(request, response)
    if (!internal && route.switch !== undefined && cut(route.switch, route, request, response)) return
    const { copies } = shedding
    const ready = isForced(request) ? undefined : fresh(route, request)
    if (ready) return texts.write(ready, request, response)
    if (!shedding.on) return framework(request, response)
    const waitedMs = headroom.waitedMs
    const allowed = internal ? allowedMs(route, askedMs(request)) : route.timeoutMs
    if (waitedMs >= allowed) {
      shedding.expired++
      return refuse(refuseLate, route, request, response)
    }
    const kind = route.kinds && named(request, headers.kind)
    if (!shedder.admit(criticalityOf(route, kind), clientOf(request))) {
      return orElse(copies?.left(route, request), refuseFull, route, request, response)
    }
    setDue(request, clock.monotonicMs() - waitedMs + allowed)
    shedding.began()
    response.once('close', ended)
    framework(request, response)
  }
  return { listener, hit, texts }
}

const nothing = () => {}

/** Whoever the edge asks for. Access does not pass it on: what it asks application for is for many. */
const clientOf = (request: Asked) => named(request, 'x-forwarded-for')

/** For orders that hold for some viewers: who asks, and with which version of a client (`name/version`). */
function viewerOf(request: IncomingMessage): Viewer {
  return { id: clientOf(request), version: versionIn.exec(named(request, headers.client) ?? '')?.[1] }
}

const versionIn = /^[A-Za-z][\w-]{0,31}\/(\d{1,5}(?:\.\d{1,5}){0,2})$/

/** Nobody waits for a switch: it is asked for again after half a minute, but not by all at once. */
const offRetryS = () => 20 + Math.floor(randomUnit() * 20)

/** Refusals of a feature that is switched off: for everybody, and for some viewers only, which nobody may keep for others. */
function switchedOff(context: AppContext, texts: ReadyTexts, key: SwitchKey): (partial: boolean) => RequestListener {
  const error = new AppError('SWITCHED_OFF', `${switches[key].title} is switched off by operators`)
  const mark = cutMark(key, 'omit')
  const forAll = refusal(context, texts, error, mark, offRetryS, () => endOfSecond(context.clock.nowMs()))
  const forSome = refusal(context, texts, error, mark, offRetryS, () => '0')
  return (partial) => (partial ? forSome : forAll)
}

/**
 * Writes the refusal: all of it is made beforehand but who was asking, when to come back, and how long the edge may keep it. What
 * refuses a crowd must cost next to nothing.
 */
function refusal(
  { config }: AppContext,
  texts: ReadyTexts,
  error: AppError,
  degraded: string,
  retryS: () => number,
  edgeUntil?: () => string,
): RequestListener {
  const mark = 'TRACE'
  const [before = '', after = ''] = latin1(JSON.stringify(error.toProblem(mark))).split(mark)
  const own = [
    ...['content-type', 'application/problem+json; charset=utf-8'],
    ...['content-length', String(before.length + 32 + after.length)],
    ...['cache-control', 'no-store'],
    ...[headers.dc, config.GALA_DC],
    ...[headers.servedBy, config.GALA_INSTANCE],
    ...[headers.degraded, degraded],
  ]
  const { status } = error
  const first = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${linesOf(own)}retry-after: `
  return (request, response) => {
    const { traceparent, traceId } = quickTraceOf(named(request, 'traceparent'))
    const retryAfter = retryS()
    const edge = edgeUntil?.()
    if (isPlain(request, response)) {
      const kept = edge === undefined ? '' : `\r\nx-accel-expires: ${edge}`
      const head = `${first}${retryAfter}\r\ntraceparent: ${traceparent}${kept}\r\n${texts.end}`
      return writeText(response, status, request.method === 'HEAD' ? head : head + before + traceId + after)
    }
    const said = [...own, 'retry-after', String(retryAfter), 'traceparent', traceparent]
    if (edge !== undefined) said.push('x-accel-expires', edge)
    response.writeHead(status, said).end(before + traceId + after, 'latin1')
  }
}

/** With a character for each byte. */
const latin1 = (text: string) => Buffer.from(text).toString('latin1')

function linesOf(head: readonly string[]): string {
  let text = ''
  for (let i = 0; i < head.length; i += 2) text += `${head[i]}: ${head[i + 1]}\r\n`
  return text
}
