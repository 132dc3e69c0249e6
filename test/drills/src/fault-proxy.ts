import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Pool } from 'undici'
import { Slots } from './slots.js'

/**
 * - `slow`: every answer leaves after three seconds.
 * - `errors`: every second request is answered 500, with a body that is not ours.
 * - `hung`: requests are taken and not answered; when that ends, whoever still waits is served.
 * - `dead`: nobody listens, what was connected is reset.
 */
export type ProxyMode = 'pass' | 'slow' | 'errors' | 'hung' | 'dead'

const slowMs = 3_000
/** More at a time would be a storm no drill makes: what comes beyond is reset. */
const heldMax = 1_000
const connectionsMax = 1_000
const bodyBytesMax = 1_048_576
const tracesMax = 10_000

/** An HTTP way to an application on loopback that can be any of the ways an application is ill. */
export class FaultProxy {
  /** Requests that have arrived. */
  readonly arrivals = new Slots()
  /** Connections that were ever opened. */
  connections = 0
  #mode: ProxyMode = 'pass'
  #turn = 0
  #traces = new Set<string>()
  readonly #sockets = new Set<Socket>()
  readonly #held = new Set<() => void>()
  readonly #server = createServer((request, response) => void this.#handle(request, response))
  readonly #pool: Pool

  private constructor(
    private readonly port: number,
    to: string,
  ) {
    this.#pool = new Pool(to, { connections: 128 })
    // As the application does: whoever asks it through here keeps connections as long as without.
    this.#server.keepAliveTimeout = 75_000
    this.#server.maxConnections = connectionsMax
    this.#server.on('connection', (socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Listens on `port` of loopback and passes everything on to the application at `to`. */
  static async open(port: number, to: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, to)
    await proxy.#listen()
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Resolves when it is so. */
  async become(mode: ProxyMode): Promise<void> {
    const before = this.#mode
    if (mode === before) return
    this.#mode = mode
    if (before === 'dead') await this.#listen()
    if (mode === 'dead') await this.#die()
    for (const release of this.#held) release()
  }

  /** Whether a request of this trace has arrived lately. */
  saw(traceId: string): boolean {
    return this.#traces.has(traceId)
  }

  async close(): Promise<void> {
    await this.become('dead')
    await this.#pool.destroy()
  }

  #listen() {
    return new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  #die() {
    return new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.resetAndDestroy()
    })
  }

  async #handle(request: IncomingMessage, response: ServerResponse) {
    this.arrivals.add()
    this.#remember(request.headers['traceparent'])
    const mode = this.#mode
    try {
      const body = await bodyOf(request)
      if (mode === 'errors' && this.#turn++ % 2 === 0) {
        response.writeHead(500, { 'content-type': 'text/plain' }).end('out of order')
        return
      }
      if (mode === 'slow') await this.#hold(response, slowMs)
      if (mode === 'hung') await this.#hold(response)
      if (!response.destroyed) await this.#pass(request, body, response)
    } catch {
      // As an application that dies under a request: no answer, and the connection is gone.
      response.destroy()
    }
  }

  /** Until the time is over, or the asker is gone; without a time, until the mode changes. */
  async #hold(response: ServerResponse, forMs?: number) {
    if (this.#held.size >= heldMax) throw new Error('too many wait already')
    await new Promise<void>((resolve) => {
      const timer = forMs === undefined ? undefined : setTimeout(() => end(), forMs)
      const release = () => {
        if (forMs === undefined || response.destroyed) end()
      }
      const end = () => {
        clearTimeout(timer)
        this.#held.delete(release)
        resolve()
      }
      this.#held.add(release)
      response.once('close', end)
    })
  }

  async #pass(request: IncomingMessage, body: Buffer, response: ServerResponse) {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const answer = await this.#pool.request({
      method: request.method as 'GET',
      path: request.url ?? '/',
      headers: endToEnd(request.headers),
      body: body.length > 0 ? body : null,
      signal: gone.signal,
    })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    response.writeHead(answer.statusCode, endToEnd(answer.headers)).end(bytes)
  }

  #remember(traceparent: unknown) {
    const traceId = String(traceparent).split('-')[1]
    if (traceId === undefined) return
    if (this.#traces.size >= tracesMax) this.#traces = new Set([...this.#traces].slice(tracesMax / 2))
    this.#traces.add(traceId)
  }
}

/** Headers that speak of one connection and not of the message. Source: RFC 9110 section 7.6.1. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'content-length'])

const endToEnd = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.has(name)))

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > bodyBytesMax) throw new Error('the body is too large')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}
