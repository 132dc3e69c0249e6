import { type BlockCoding, publicApi } from '@gala/contracts'
import { call, type Transport } from '../call.js'
import { knownCodings, undo } from './codings.js'
import type { Say } from './outbox.js'

/** What a room needs of the runtime: of a browser, of Node, or of a test that turns it by hand. */
export interface World {
  nowMs(): number
  /** Runs once after `ms` milliseconds; returns the function that cancels it. */
  after(ms: number, run: () => void): () => void
  random(): number
  /** @throws Error when it is no address this page may open. */
  open(url: string): Socket
  codings: string[]
  undo(coding: Exclude<BlockCoding, 'plain'>, bytes: Uint8Array): Promise<Uint8Array>
  /** Nobody where there is no page. */
  page: Page | undefined
}

/** The part of a `WebSocket` that is used. */
export interface Socket {
  binaryType: string
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  onerror: (() => void) | null
  send(bytes: Uint8Array<ArrayBuffer>): void
  close(code?: number): void
}

/** The part of `document` that says whether anybody is looking. */
interface Page {
  readonly visibilityState: string
  addEventListener(type: 'visibilitychange', listener: () => void): void
  removeEventListener(type: 'visibilitychange', listener: () => void): void
}

export const thisWorld = (): World => ({
  nowMs: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
  open: (url) => new WebSocket(url) as unknown as Socket,
  codings: knownCodings(),
  undo,
  page: typeof document === 'undefined' ? undefined : document,
})

/** The questions of a room, each asked once: when to ask again is for the room to know. */
export interface Asks {
  connect(room: string, token: string | undefined, signal: AbortSignal): Promise<Offer>
  poll(room: string, after: string, signal: AbortSignal): Promise<unknown>
  send(room: string, token: string | undefined, body: SendBody, signal: AbortSignal): Promise<Taken>
}

interface Offer {
  urls: readonly string[]
  ticket: string
}

type SendBody = Say & Numbered

export interface Numbered {
  clientId: string
  seq: number
  sentAtMs: number
}

export interface Taken {
  id: string
  held: boolean
  text: string
}

/** @throws GalaError from each of them. */
export function asksOf(transport: Transport): Asks {
  const once = (signal: AbortSignal) => ({ signal, retriesMax: 0 })
  const as = (token: string | undefined): Transport =>
    token === undefined
      ? transport
      : { ...transport, headers: { ...transport.headers, authorization: `Bearer ${token}` } }
  const { connect, messages, send } = publicApi.rooms
  return {
    connect: async (room, token, signal) => (await call(as(token), connect, { params: { room } }, once(signal))).data,
    // Without the token: what everybody is answered is kept at the edge.
    poll: async (room, after, signal) =>
      (await call(transport, messages, { params: { room }, query: after === '' ? {} : { after } }, once(signal))).data,
    send: async (room, token, body, signal) =>
      (await call(as(token), send, { params: { room }, body }, once(signal))).data,
  }
}

/** A WebSocket's address: `connect` may answer one that is relative to where it was asked. */
export function socketUrl(url: string, baseUrl: string): string {
  const here = typeof location === 'undefined' ? undefined : location.href
  const full = new URL(url, baseUrl === '' ? here : new URL(baseUrl, here))
  if (full.protocol === 'http:' || full.protocol === 'https:') full.protocol = full.protocol.replace('http', 'ws')
  return full.href
}
