import { roomSocketPath } from '@gala/contracts'

interface Parts {
  /** Where WebSockets are opened in each data centre. */
  urls: readonly { name: string; value: string }[]
  dc: string
  /** Whether the own data centre takes this one, as operators have weighed it. */
  ownFirst: (traceparent: string) => boolean
}

/** Where the sockets of a room are opened. */
export class RoomAddresses {
  constructor(private readonly parts: Parts) {}

  /** Best first. */
  of(room: string, traceparent: string): string[] {
    const { own, others } = this.#split(room)
    return this.parts.ownFirst(traceparent) ? [...own, ...others] : [...others, ...own]
  }

  /** Of the other data centres. */
  elsewhere(room: string): string[] {
    return this.#split(room).others
  }

  #split(room: string) {
    const { urls, dc } = this.parts
    const of = (own: boolean) =>
      urls.filter(({ name }) => (name === dc) === own).map(({ value }) => addressOf(value, room))
    return { own: of(true), others: of(false) }
  }
}

const addressOf = (base: string, room: string) => base.replace(/\/$/, '') + roomSocketPath.replace(':room', room)
