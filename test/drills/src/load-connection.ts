import { createConnection, type Socket } from 'node:net'

export interface Reply {
  /** 0: none came. */
  status: number
  /** From a copy marked as old, or from disk. */
  old: boolean
  /** By a switch or for want of room. */
  cut: boolean
}

const noReply: Reply = { status: 0, old: false, cut: false }
const headEnd = Buffer.from('\r\n\r\n')
const reopenMs = 20

/**
 * One connection that is kept, one request on it at a time; as little HTTP as the answers of access need. What is not
 * answered in time is given up by closing it, as a viewer's browser would.
 */
export class Connection {
  /** Known to be free by whoever hands out work. */
  idle = false
  /** Received since it was made. */
  bytes = 0
  #socket: Socket | undefined
  #asked: { atMs: number; settle: (reply: Reply) => void } | undefined
  #received: Buffer[] = []
  #missing = -1
  #reply = noReply

  constructor(
    private readonly port: number,
    private readonly patienceMs: number,
    private readonly onFree: (connection: Connection) => void,
  ) {}

  open() {
    const socket = createConnection({ port: this.port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    socket.on('connect', () => this.onFree(this))
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      if (this.#socket !== socket) return
      this.#settle(noReply)
      setTimeout(() => this.open(), reopenMs)
    })
  }

  ask(bytes: Buffer, atMs: number, settle: (reply: Reply) => void) {
    this.#asked = { atMs, settle }
    this.#socket?.write(bytes)
  }

  expire(nowMs: number) {
    if (this.#asked && nowMs - this.#asked.atMs > this.patienceMs) this.#socket?.destroy()
  }

  #receive(chunk: Buffer) {
    this.bytes += chunk.length
    if (this.#missing >= 0) this.#missing -= chunk.length
    else {
      this.#received.push(chunk)
      const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received)
      const end = all.indexOf(headEnd)
      if (end === -1) return
      const head = all.toString('latin1', 0, end)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      const old = /x-gala-cache: (stale|snapshot)/.test(head)
      this.#reply = { status: Number(head.slice(9, 12)), old, cut: head.includes('x-gala-degraded') }
      this.#missing = end + headEnd.length + length - all.length
      this.#received = []
    }
    if (this.#missing > 0) return
    this.#missing = -1
    this.#settle(this.#reply)
    if (!this.#socket?.destroyed) this.onFree(this)
  }

  #settle(reply: Reply) {
    const asked = this.#asked
    this.#asked = undefined
    this.#received = []
    this.#missing = -1
    asked?.settle(reply)
  }
}
