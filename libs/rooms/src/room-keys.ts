import { lanes, type MessageType } from '@gala/contracts'
import { laneNames } from './rules.js'

/**
 * Names of what is kept in Redis. Everything of a room has the room as its hash tag, so in a cluster it lives on one node and a script may
 * touch all of it in one step; different rooms are spread.
 */
export class RoomKeys {
  constructor(private readonly prefix: string) {}

  /** What every script that may begin an epoch gets, in this order; `room-scripts.ts` says what each is. */
  base(room: string): string[] {
    const names = ['room', ...laneNames, 'seen-a', 'seen-b', 'taken', 'marks', 'ring']
    return names.map((name) => this.#of(room, name))
  }

  lane(room: string, type: MessageType) {
    return this.#of(room, lanes[type])
  }

  room(room: string) {
    return this.#of(room, 'room')
  }

  taken(room: string) {
    return this.#of(room, 'taken')
  }

  ring(room: string) {
    return this.#of(room, 'ring')
  }

  lease(room: string) {
    return this.#of(room, 'lease')
  }

  held(room: string) {
    return this.#of(room, 'held')
  }

  reports(room: string) {
    return this.#of(room, 'reports')
  }

  pump(room: string) {
    return this.#of(room, 'pump')
  }

  /** Rooms by when somebody was last known to be in them. One small key, written once in some seconds by each process. */
  get active() {
    return `${this.prefix}live:rooms`
  }

  /** Channel of a room's blocks. */
  blocks(room: string) {
    return this.#of(room, 'blocks')
  }

  /** The room whose blocks come over a channel. */
  roomOf(channel: string): string {
    return channel.slice(this.prefix.length + 'live:{'.length, channel.lastIndexOf('}'))
  }

  get accepted() {
    return `${this.prefix}live:accepted`
  }

  get direct() {
    return `${this.prefix}live:direct`
  }

  #of(room: string, name: string) {
    return `${this.prefix}live:{${room}}:${name}`
  }
}
