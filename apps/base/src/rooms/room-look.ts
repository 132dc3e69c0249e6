import type { HeldMessage, PumpReport, RoomItem, RoomMessage, RoomReport } from '@gala/contracts'
import type { RoomStore } from '@gala/rooms'

type RoomDc = RoomItem['dcs'][number]

/** What the rooms of one data centre tell of one of them. */
export interface Look {
  head: { epoch: string; number: number } | undefined
  pump: PumpReport | undefined
  processes: RoomReport[]
}

export async function lookAt(store: RoomStore, rooms: readonly string[]): Promise<Map<string, Look>> {
  const [heads, pumps, processes] = await Promise.all([
    store.heads(rooms),
    Promise.all(rooms.map((room) => store.pumpOf(room))),
    Promise.all(rooms.map((room) => store.reports(room))),
  ])
  return new Map(rooms.map((room, i) => [room, { head: heads[i], pump: pumps[i], processes: processes[i] ?? [] }]))
}

/** A look as the contract shows it. */
export function roomDc(dc: string, reachable: boolean, look: Look | undefined): RoomDc {
  const processes = look?.processes ?? []
  const sum = (of: (report: RoomReport) => number) => Math.round(processes.reduce((all, report) => all + of(report), 0))
  return {
    dc,
    reachable,
    epoch: look?.head?.epoch ?? null,
    head: look?.head?.number ?? null,
    viewers: {
      socket: sum(({ sockets }) => sockets),
      stream: sum(({ streams }) => streams),
      poll: sum((report) => report.polls * pollEveryS(report)),
    },
    pump: look?.pump ?? null,
    processes,
  }
}

/** Polls a second become viewers by how often each asks: about as often as access tells them to, more seldom in a larger room. */
function pollEveryS({ sockets, streams, polls }: RoomReport): number {
  const viewers = sockets + streams + polls
  return viewers <= 1_000 ? 1 : viewers <= 5_000 ? 2 : 3
}

export const viewersOf = ({ dcs }: Pick<RoomItem, 'dcs'>): number =>
  dcs.reduce((all, { viewers: { socket, stream, poll } }) => all + socket + stream + poll, 0)

/** As everybody sees it, without what only stores need to know. */
const asShown = (message: RoomMessage): RoomMessage => {
  const { id, type, priority, from, text, gift, control, at, underWayMs, ttlS } = message
  return { id, type, priority, from, text, ...(gift && { gift }), ...(control && { control }), at, underWayMs, ttlS }
}

/** Of all data centres: each message once, newest first. */
export function merged(lists: readonly (readonly RoomMessage[])[], max: number): RoomMessage[] {
  const byId = new Map(lists.flat().map((message) => [message.id, message]))
  return [...byId.values()]
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, max)
    .map(asShown)
}

/** Of all data centres, those that wait longest first. */
export const waiting = (lists: readonly (readonly HeldMessage[])[], max: number): HeldMessage[] =>
  lists
    .flat()
    .toSorted((a, b) => a.message.at - b.message.at)
    .slice(0, max)
    .map(({ message, words, dc }) => ({ message: asShown(message), words, dc }))
