import type { Socket } from 'node:net'
import { type CloseReason, closeCodes, encodeBlock, encodeServerFrame, type RoomMessage } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { DirectMessage } from '@gala/rooms'
import type { WebSocket } from 'ws'
import { framed } from './framing.js'
import { RoomSocket, type SocketParts } from './room-socket.js'
import { inSlices } from './slices.js'

const lookEveryMs = 1_000
/** A process that comes to look so late was itself away, and has heard nobody meanwhile. */
const pausedMs = 3_000

export type Gone = CloseReason | 'gone'
const reasons = [...(Object.keys(closeCodes) as CloseReason[]), 'gone'] as const

/** All long connections of this process. */
export class RoomSockets {
  readonly all = new Set<RoomSocket>()
  readonly closes = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Gone, number>
  /** Of messages for single viewers, those there was no room for. */
  directLost = 0
  readonly #byViewer = new Map<string, Set<RoomSocket>>()
  readonly #leaves = new Map<RoomSocket, () => void>()
  readonly #parts: SocketParts
  readonly #clock: Clock
  readonly #stop: () => void
  #lookedAtMs: number

  constructor(parts: Omit<SocketParts, 'onOpen' | 'onGone'>) {
    this.#parts = {
      ...parts,
      onOpen: (socket) => this.#opened(socket),
      onGone: (socket, why) => this.#gone(socket, why),
    }
    this.#clock = parts.clock
    this.#lookedAtMs = parts.clock.monotonicMs()
    this.#stop = parts.clock.every(lookEveryMs, () => this.#look())
  }

  /** A handshake is done. `leave` is called once it is over. */
  accept(room: string, network: string, ws: WebSocket, raw: Socket, leave: () => void) {
    const socket = new RoomSocket(room, network, ws, raw, this.#parts)
    this.all.add(socket)
    this.#leaves.set(socket, leave)
  }

  get open(): number {
    let open = 0
    for (const socket of this.all) if (socket.isOpen) open++
    return open
  }

  in(room: string): RoomSocket[] {
    return [...this.all].filter((socket) => socket.room === room)
  }

  /** For the sockets of one viewer, or of a cohort. It is not kept: whoever is not here does not get it. */
  direct({ to, message }: DirectMessage) {
    const bytes = encodeBlock(blockOf(message))
    const frame = framed(encodeServerFrame({ kind: 'direct', bytes }))
    const tell = (socket: RoomSocket) => {
      if (socket.isOpen && !socket.tellFramed(frame)) this.directLost++
    }
    if ('viewer' in to) for (const socket of this.#byViewer.get(to.viewer) ?? []) tell(socket)
    else {
      const ofCohort = (socket: RoomSocket) => socket.viewer?.cohort === to.cohort && tell(socket)
      inSlices(this.all, ofCohort, { clock: this.#clock })
    }
  }

  /** Whoever is left is cut off. */
  close() {
    this.#stop()
    for (const socket of this.all) socket.cut()
  }

  #look() {
    const nowMs = this.#clock.monotonicMs()
    const lateMs = nowMs - this.#lookedAtMs - lookEveryMs
    this.#lookedAtMs = nowMs
    const away = lateMs > pausedMs ? lateMs : 0
    inSlices(this.all, (socket) => socket.look(nowMs, away), { clock: this.#clock })
  }

  #opened(socket: RoomSocket) {
    const id = socket.viewer?.id
    if (id === undefined) return
    const others = this.#byViewer.get(id) ?? new Set()
    this.#byViewer.set(id, others.add(socket))
  }

  #gone(socket: RoomSocket, why: Gone) {
    if (!this.all.delete(socket)) return
    this.closes[why]++
    this.#leaves.get(socket)?.()
    this.#leaves.delete(socket)
    const id = socket.viewer?.id
    const same = id === undefined ? undefined : this.#byViewer.get(id)
    if (id === undefined || !same?.delete(socket) || same.size > 0) return
    this.#byViewer.delete(id)
  }
}

/** A block of one message, which nobody's cursor moves by. */
function blockOf(message: RoomMessage) {
  const [dc = '', epoch = '', seq = ''] = message.id.split('.')
  const at = Number(seq)
  return {
    number: 0,
    epoch,
    madeAtMs: message.at,
    since: new Map([[dc, { epoch, seq: at - 1 }]]),
    to: new Map([[dc, { epoch, seq: at }]]),
    messages: [message],
    dropped: { chat: 0, notify: 0 },
    state: {},
  }
}
