import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { AppError, clientFrameBytesMax, headers } from '@gala/contracts'
import { quickTraceOf, retryAfterS } from '@gala/runtime'
import { WebSocket, WebSocketServer } from 'ws'
import { clientNetwork } from '../client-address.js'
import type { Doorkeeper } from './doorkeeper.js'
import type { RoomSockets } from './room-sockets.js'

const path = /^\/v1\/rooms\/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)\/socket$/

/** For whoever does not answer a close. */
const closeTimeout = 2_000

/** What the library says of frames it refuses, in our codes. */
const closeCodeOf = new Map([
  [1002, 4200],
  [1007, 4200],
  [1008, 4202],
  [1009, 4201],
])

class Link extends WebSocket {
  override close(code?: number, data?: string | Buffer) {
    super.close(code === undefined ? code : (closeCodeOf.get(code) ?? code), data)
  }
}

/** Makes WebSockets of requests that ask for one, on the server that answers everything else. */
export class Upgrades {
  // Compression is done once for all, where blocks are made.
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: clientFrameBytesMax,
    maxFragments: 16,
    maxBufferedChunks: 1_024,
    closeTimeout,
    WebSocket: Link,
  } as ConstructorParameters<typeof WebSocketServer<typeof Link>>[0])

  constructor(
    private readonly doorkeeper: Doorkeeper,
    private readonly sockets: RoomSockets,
    private readonly dc: string,
  ) {}

  /** For the event `upgrade` of a server. */
  readonly take = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const room = path.exec((request.url ?? '').split('?', 1)[0] ?? '')?.[1]
    if (room === undefined) return this.#refuse(request, socket, new AppError('ROUTE_NOT_FOUND', 'no socket is there'))
    const network = clientNetwork(request)
    const entered = this.doorkeeper.enter(network)
    if (entered instanceof AppError) return this.#refuse(request, socket, entered)
    let made = false
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      made = true
      this.sockets.accept(room, network, ws, socket as Socket, entered)
    })
    // What was no proper handshake has been answered by the library, at once.
    if (!made) entered()
  }

  #refuse(request: IncomingMessage, socket: Duplex, error: AppError) {
    const { traceparent, traceId } = quickTraceOf(request.headers['traceparent'])
    const body = JSON.stringify(error.toProblem(traceId))
    const head = [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      `${headers.dc}: ${this.dc}`,
      `traceparent: ${traceparent}`,
      ...(error.retryable ? [`retry-after: ${retryAfterS(error)}`] : []),
      'connection: close',
    ]
    socket.on('error', () => socket.destroy())
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
}
