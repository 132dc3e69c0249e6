import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { bounds } from './bounds.js'
import type { Ready } from './door.js'
import { type RawRequest, readPlain } from './raw-request.js'
import type { ReadyTexts } from './ready-text.js'

/** A request with all its headers; what is longer is read by the HTTP server. */
const chunkBytesMax = 8_192
/** Somebody who connects and says nothing yet is the HTTP server's to wait for after this. */
const silentMs = 2_000
const idleMs = bounds.keepAliveTimeout

/** What is in memory and may be answered at once; undefined when there is nothing, or more has to be decided. */
export type Hit = (request: RawRequest) => Ready | undefined

/**
 * Answers plain requests for what is in memory on the bare socket, and hands every other connection over to the HTTP server with
 * all it has said: at the first request that is not of the plainest kind, not whole in one read, or not in memory, and
 * for good. What is answered here is written by the same code as there.
 */
export class RawFront {
  readonly #sockets = new Set<Socket>()

  constructor(
    private readonly texts: ReadyTexts,
    private readonly hit: Hit,
  ) {}

  /** Stands before the server's own way to take a connection. */
  guard(server: Server) {
    const listeners = server.listeners('connection') as ((socket: Socket) => void)[]
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) =>
      this.#take(socket, () => {
        for (const listener of listeners) listener.call(server, socket)
      }),
    )
  }

  /** Connections that wait for their next request are ended; what comes on others afterwards is the HTTP server's. */
  drain() {
    for (const socket of this.#sockets) socket.end()
  }

  get connections(): number {
    return this.#sockets.size
  }

  #take(socket: Socket, handOver: () => void) {
    const leave = () => {
      this.#sockets.delete(socket)
      socket.off('data', onData).off('timeout', onTimeout).off('error', onGone).off('end', onEnd).off('close', leave)
      socket.off('drain', onDrain)
      socket.setTimeout(0)
    }
    const give = (rest: string) => {
      leave()
      socket.pause()
      if (rest !== '') socket.unshift(Buffer.from(rest, 'latin1'))
      handOver()
      socket.resume()
    }
    let answered = false
    let waiting = ''
    const read = (text: string) => {
      let at = 0
      while (at < text.length) {
        const request = readPlain(text, at)
        const ready = request && this.hit(request)
        if (!request || !ready) return give(text.slice(at))
        at = request.end
        if (!answered) socket.setTimeout(idleMs)
        answered = true
        // Somebody who asks faster than they read waits until they have.
        if (!socket.write(this.texts.of(ready, request.method), 'latin1') && at < text.length) {
          waiting = text.slice(at)
          return void socket.pause()
        }
      }
    }
    const onData = (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      if (chunk.length > chunkBytesMax || !text.endsWith('\r\n\r\n')) return give(text)
      read(text)
    }
    const onDrain = () => {
      const text = waiting
      waiting = ''
      socket.resume()
      if (text !== '') read(text)
    }
    const onTimeout = () => (answered ? socket.destroy() : give(''))
    const onGone = () => socket.destroy()
    const onEnd = () => socket.end()
    this.#sockets.add(socket)
    socket.on('data', onData).on('timeout', onTimeout).on('error', onGone).on('end', onEnd).on('close', leave)
    socket.on('drain', onDrain)
    socket.setTimeout(silentMs)
  }
}
