import type { RoomMessage } from '@gala/contracts'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { room } from '../room.js'
import type { RoomOptions } from '../room-options.js'
import type { FakeSocket } from './fake-dc.js'
import { FakeRooms } from './fake-rooms.js'

/** A client in a room of its own, and everything it has told. */
export const rig = (options: Partial<RoomOptions> = {}, prepare: (rooms: FakeRooms) => void = () => {}) => {
  const clock = new VirtualClock()
  const rooms = new FakeRooms(clock, seededRandom(7))
  prepare(rooms)
  const texts: string[] = []
  let gaps = 0
  const dropped = { chat: 0 }
  const live = room(
    { baseUrl: '' },
    {
      room: 'r',
      onMessage: (message: RoomMessage) => void texts.push(message.text),
      onGap: () => void gaps++,
      onDropped: ({ chat }) => {
        dropped.chat += chat
      },
      ...options,
    },
    rooms.world(),
    rooms.asks,
  )
  const socket = (): FakeSocket => {
    const last = rooms.opened.at(-1)
    if (!last) throw new Error('no socket was opened')
    return last
  }
  const link = () => live.status.getSnapshot().link.is
  const lines = () =>
    live.feed
      .getSnapshot()
      .entries.map((entry) =>
        entry.kind === 'gap'
          ? '–'
          : `${entry.is} ${entry.message.gift ? `${entry.message.gift.kind} ×${entry.count}` : entry.message.text}`,
      )
  return { clock, rooms, live, texts, gaps: () => gaps, dropped, socket, link, lines }
}
