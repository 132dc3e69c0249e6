import { connect, type Socket } from 'node:net'
import { FrameReader, maskedFrame, opcodes } from './frame-reader.js'

export interface RawSocketOptions {
  host: string
  port: number
  /** Path and query. */
  path: string
  /** Where it comes from: an address has some 28,000 ports, and some servers count by address. */
  localAddress?: string
  protocol?: string
  /** Reads so many bytes a second and no more, as somebody with a bad line does. */
  readBytesPerS?: number
  headers?: Readonly<Record<string, string>>
}

export interface RawSocketEvents {
  open?: () => void
  /** The payload is empty unless `keeps` wants it. Pings are answered. */
  frame: (opcode: number, length: number, payload: Buffer) => void
  keeps: (opcode: number, length: number) => boolean
  /** Once. The code of the close frame; 1006 when none came. `status` is that of an HTTP answer that opened nothing. */
  closed?: (code: number, reason: string, status: number | undefined) => void
}

/** All sockets of a process are read into the same memory, one after the other. */
const shared = Buffer.allocUnsafe(65_536)
const headEnd = Buffer.from('\r\n\r\n')
const headBytesMax = 16_384
/** Of the protocol's example: nobody here looks at what is made of it. */
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const slowTurnMs = 250

/** A WebSocket that does little and costs little: thousands of them fit into one process. */
export class RawSocket {
  /** Of everything received, heads and all. */
  bytes = 0
  readonly #socket: Socket
  readonly #reader: FrameReader
  #head: Buffer | undefined = Buffer.alloc(0)
  #code = 1006
  #reason = ''
  #status: number | undefined
  #turn: NodeJS.Timeout | undefined

  constructor(
    private readonly options: RawSocketOptions,
    private readonly events: RawSocketEvents,
  ) {
    const { host, port, localAddress, readBytesPerS } = options
    this.#reader = new FrameReader(
      (opcode, length, payload) => this.#frame(opcode, length, payload),
      (opcode, length) => opcode >= opcodes.close || events.keeps(opcode, length),
    )
    const buffer = readBytesPerS === undefined ? shared : Buffer.allocUnsafe(readBytesPerS / (1_000 / slowTurnMs))
    this.#socket = connect({
      host,
      port,
      ...(localAddress !== undefined && { localAddress }),
      noDelay: true,
      onread: { buffer, callback: (bytes, chunk) => this.#read(chunk.subarray(0, bytes) as Buffer) },
    })
    if (readBytesPerS !== undefined) this.#turn = setInterval(() => this.#socket.resume(), slowTurnMs)
    this.#socket.on('connect', () => this.#socket.write(this.#request()))
    // What went wrong is told by what follows it: no close frame came.
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      clearInterval(this.#turn)
      events.closed?.(this.#code, this.#reason, this.#status)
    })
  }

  get opened(): boolean {
    return this.#head === undefined && !this.#socket.destroyed
  }

  send(opcode: number, payload: Uint8Array) {
    if (this.opened) this.#socket.write(maskedFrame(opcode, payload))
  }

  /** Bytes as they are, framed or not. */
  sendRaw(bytes: Uint8Array) {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  /** With a close frame. */
  close(code = 1000) {
    if (!this.opened) return this.destroy()
    this.send(opcodes.close, Buffer.of(code >> 8, code & 255))
    this.#socket.end()
  }

  /** Without a word. */
  destroy() {
    this.#socket.destroy()
  }

  #request(): string {
    const { host, port, path, protocol, headers = {} } = this.options
    const lines = [
      `GET ${path} HTTP/1.1`,
      `host: ${host}:${port}`,
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      `sec-websocket-key: ${key}`,
      ...(protocol === undefined ? [] : [`sec-websocket-protocol: ${protocol}`]),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]
    return `${lines.join('\r\n')}\r\n\r\n`
  }

  /** False: nothing more is read until the next turn. */
  #read(chunk: Buffer): boolean {
    this.bytes += chunk.length
    if (this.#head === undefined) this.#reader.push(chunk)
    else this.#readHead(chunk)
    return this.#turn === undefined
  }

  #readHead(chunk: Buffer) {
    const head = Buffer.concat([this.#head ?? chunk, chunk])
    const end = head.indexOf(headEnd)
    if (end < 0) {
      this.#head = head
      if (head.length > headBytesMax) this.destroy()
      return
    }
    const status = Number(head.toString('latin1', 9, 12))
    if (status !== 101) {
      this.#status = status
      return this.destroy()
    }
    this.#head = undefined
    this.events.open?.()
    this.#reader.push(head.subarray(end + headEnd.length))
  }

  #frame(opcode: number, length: number, payload: Buffer) {
    if (opcode === opcodes.ping) return this.send(opcodes.pong, payload)
    if (opcode === opcodes.close) {
      if (length >= 2) this.#code = payload.readUInt16BE(0)
      this.#reason = payload.toString('utf8', 2)
      this.send(opcodes.close, payload.subarray(0, 2))
      return void this.#socket.end()
    }
    if (opcode !== opcodes.pong) this.events.frame(opcode, length, payload)
  }
}
