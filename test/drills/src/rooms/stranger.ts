import { decodeServerFrame } from '@gala/contracts'
import { opcodes, RawSocket } from '@gala/viewers'

/** How a link ended: its close code, or the status of an answer that opened nothing. */
export interface Ended {
  code: number
  reason: string
  status: number | undefined
}

const patienceMs = 20_000

/** Somebody who opens a link and says whatever they like. */
export class Stranger {
  #socket: RawSocket
  #open: Promise<boolean>
  #welcome: Promise<void>
  #ended: Promise<Ended>

  constructor(
    private readonly url: string,
    private readonly room: string,
    private readonly address: string,
  ) {
    ;[this.#socket, this.#open, this.#welcome, this.#ended] = this.#connect()
  }

  again() {
    ;[this.#socket, this.#open, this.#welcome, this.#ended] = this.#connect()
  }

  binary(bytes: Uint8Array) {
    this.frame(opcodes.binary, bytes)
  }

  frame(opcode: number, bytes: Uint8Array) {
    void this.#open.then(() => this.#socket.send(opcode, bytes))
  }

  /** No frame at all, perhaps. */
  raw(bytes: Uint8Array) {
    void this.#open.then(() => this.#socket.sendRaw(bytes))
  }

  opened(): Promise<boolean> {
    return this.#open
  }

  welcomed(): Promise<void> {
    return this.#welcome
  }

  leave() {
    this.#socket.destroy()
  }

  /** After a while of waiting: with the code 0, which is nobody's. */
  ended(): Promise<Ended> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Ended>((resolve) => {
      timer = setTimeout(() => {
        this.leave()
        resolve({ code: 0, reason: 'it was not ended', status: undefined })
      }, patienceMs)
    })
    return Promise.race([this.#ended, late]).finally(() => clearTimeout(timer))
  }

  #connect(): [RawSocket, Promise<boolean>, Promise<void>, Promise<Ended>] {
    const open = Promise.withResolvers<boolean>()
    const welcome = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<Ended>()
    const { hostname, port } = new URL(this.url)
    const path = `/v1/rooms/${this.room}/socket`
    const socket = new RawSocket(
      { host: hostname, port: Number(port), path, localAddress: this.address },
      {
        open: () => open.resolve(true),
        keeps: () => true,
        frame: (_, __, payload) => {
          if (decodeServerFrame(payload)?.kind === 'welcome') welcome.resolve()
        },
        closed: (code, reason, status) => {
          open.resolve(false)
          welcome.resolve()
          ended.resolve({ code, reason, status })
        },
      },
    )
    return [socket, open.promise, welcome.promise, ended.promise]
  }
}
