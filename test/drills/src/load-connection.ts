import { createConnection, type Socket } from 'node:net'

export interface Reply {
  /** 0: none came. */
  status: number
  /** From a copy marked as old, or from disk. */
  old: boolean
  /** From memory, as good as made now. */
  hit: boolean
  /** By a switch or for want of room. */
  cut: boolean
  body: Buffer
  /** Why none came. */
  lost?: 'broken' | 'late'
}

const noReply: Reply = { status: 0, old: false, hit: false, cut: false, body: Buffer.alloc(0) }
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
  /** Nobody listened when it was last opened. */
  refused = false
  #socket: Socket | undefined
  #asked: { atMs: number; settle: (reply: Reply) => void } | undefined
  #received: Buffer[] = []
  #missing = -1
  #bodyAt = 0
  #reply = noReply
  /** The other side closes it after this answer. */
  #last = false
  #lost: 'broken' | 'late' = 'broken'
  #ended = false

  constructor(
    private readonly port: number,
    private readonly patienceMs: number,
    private readonly onFree: (connection: Connection) => void,
    /** After nobody was listening. */
    private readonly refusedMs = reopenMs,
  ) {}

  /** Whoever listens there has taken it, and it is not closed since. */
  get connected(): boolean {
    return this.#socket?.readyState === 'open'
  }

  open() {
    const socket = createConnection({ port: this.port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    let taken = false
    socket.on('connect', () => {
      taken = true
      this.refused = false
      this.onFree(this)
    })
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.refused = !taken
      this.#settle({ ...noReply, lost: this.#lost })
      if (!this.#ended) setTimeout(() => this.open(), taken ? reopenMs : this.refusedMs)
    })
  }

  /** For good. */
  end() {
    this.#ended = true
    this.#socket?.destroy()
  }

  ask(bytes: Buffer, atMs: number, settle: (reply: Reply) => void) {
    this.#lost = 'broken'
    this.#asked = { atMs, settle }
    this.#socket?.write(bytes)
  }

  expire(nowMs: number) {
    if (!this.#asked || nowMs - this.#asked.atMs <= this.patienceMs) return
    this.#lost = 'late'
    this.#socket?.destroy()
  }

  #receive(chunk: Buffer) {
    this.bytes += chunk.length
    this.#received.push(chunk)
    if (this.#missing >= 0) this.#missing -= chunk.length
    else if (!this.#begun()) return
    if (this.#missing > 0) return
    const body = this.#whole().subarray(this.#bodyAt)
    this.#settle({ ...this.#reply, body })
    if (this.#last) this.#socket?.destroy()
    if (!this.#socket?.destroyed) this.onFree(this)
  }

  /** Reads the head, once all of it is there. */
  #begun(): boolean {
    const all = this.#whole()
    const end = all.indexOf(headEnd)
    if (end === -1) return false
    const head = all.toString('latin1', 0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const source = /x-gala-cache: (\w+)/.exec(head)?.[1]
    const old = source === 'stale' || source === 'snapshot'
    const cut = /^x-gala-degraded: /m.test(head)
    this.#reply = { ...noReply, status: Number(head.slice(9, 12)), old, hit: source === 'hit', cut }
    this.#last = /^connection: close/im.test(head)
    this.#bodyAt = end + headEnd.length
    this.#missing = this.#bodyAt + length - all.length
    return true
  }

  #whole(): Buffer {
    const [first] = this.#received
    const all = first && this.#received.length === 1 ? first : Buffer.concat(this.#received)
    this.#received = [all]
    return all
  }

  #settle(reply: Reply) {
    const asked = this.#asked
    this.#asked = undefined
    this.#received = []
    this.#missing = -1
    asked?.settle(reply)
  }
}
