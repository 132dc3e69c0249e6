import { Connection, type Reply } from '../load-connection.js'
import { patienceMs } from './plan.js'

interface Asked {
  bytes: Buffer
  atMs: number
  settle: (reply: Reply) => void
}

/** A dead edge is tried by each connection once a second: all together see it rise within a few milliseconds. */
const refusedMs = 1_000
const nothing = { status: 0, old: false, hit: false, cut: false, body: Buffer.alloc(0) }

/** One edge, by so many connections as are kept to it; what finds none free waits its turn. */
export class Door {
  readonly #connections: Connection[]
  readonly #idle: Connection[] = []
  #waiting: Asked[] = []
  #first = 0

  constructor(
    readonly port: number,
    connections: number,
    private readonly nowMs: () => number,
  ) {
    const free = (connection: Connection) => this.#free(connection)
    this.#connections = Array.from({ length: connections }, () => new Connection(port, patienceMs, free, refusedMs))
    for (const connection of this.#connections) connection.open()
  }

  get waiting(): number {
    return this.#waiting.length - this.#first
  }

  get allOpen(): boolean {
    return this.#connections.every(({ connected }) => connected)
  }

  /** `atMs`: from when on its patience counts. */
  ask(bytes: Buffer, atMs: number, settle: (reply: Reply) => void) {
    this.#waiting.push({ bytes, atMs, settle })
    this.#handOut()
  }

  /** To be called often: gives up what has waited too long, at a connection or for one. */
  look() {
    for (const connection of this.#connections) connection.expire(this.nowMs())
    this.#handOut()
  }

  end() {
    for (const connection of this.#connections) connection.end()
  }

  #free(connection: Connection) {
    if (connection.idle) return
    connection.idle = true
    this.#idle.push(connection)
    this.#handOut()
  }

  #handOut() {
    while (this.waiting > 0) {
      const asked = this.#waiting[this.#first] as Asked
      const late = this.nowMs() - asked.atMs > patienceMs
      const connection = late ? undefined : this.#take()
      // Nobody listens: each connection was refused when it was last tried.
      const refused = !late && !connection && this.#connections.every((each) => each.refused)
      if (!late && !refused && !connection) break
      this.#first++
      if (connection) connection.ask(asked.bytes, asked.atMs, asked.settle)
      else asked.settle({ ...nothing, lost: late ? 'late' : 'broken' })
    }
    // Those that are done with are let go all at once, and rarely while others wait behind them.
    if (this.waiting > 0 && this.#first < 1_000) return
    this.#waiting.splice(0, this.#first)
    this.#first = 0
  }

  /** One that was closed while it had nothing to do is among the idle too, until somebody finds out. */
  #take(): Connection | undefined {
    for (let found = this.#idle.pop(); found; found = this.#idle.pop()) {
      found.idle = false
      if (found.connected) return found
    }
    return undefined
  }
}
