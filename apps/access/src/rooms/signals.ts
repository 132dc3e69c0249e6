import type { AppError } from '@gala/contracts'
import { collected, gauged } from '@gala/runtime'
import { Counter } from 'prom-client'
import type { AccessContext } from '../access.config.js'
import type { Doorkeeper } from './doorkeeper.js'
import type { Feeds } from './feeds.js'
import type { RoomSockets } from './room-sockets.js'
import type { RoomStreams } from './room-streams.js'
import type { SocketCounts } from './socket-counts.js'
import { delayBoundsMs } from './tally.js'

interface Watched {
  sockets: RoomSockets
  streams: RoomStreams
  feeds: Feeds
  doorkeeper: Doorkeeper
}

export type RoomSignals = ReturnType<typeof roomSignals>

/** What rooms tell of themselves. Never by room: there may be as many as there are events. */
export function roomSignals({ metrics, log }: AccessContext) {
  const storeFailures = new Counter({
    name: 'gala_room_store_failures_total',
    help: 'Times the store of rooms could not be asked, or had what is no block',
    registers: [metrics],
  })
  const sent = { blocks: 0, bytes: 0, messages: 0 }
  const opened = { new: 0, whole: 0, gap: 0 }
  const counts: SocketCounts = {
    wrote: (bytes, messages) => {
      sent.blocks++
      sent.bytes += bytes
      sent.messages += messages
    },
    opened: (how) => {
      opened[how]++
    },
  }
  const sums = (name: string, help: string, label: string, of: () => Readonly<Record<string, number>>) =>
    collected(metrics, name, help, [label], function* () {
      for (const [key, value] of Object.entries(of())) yield [{ [label]: key }, value]
    })
  sums('gala_room_sent_total', 'Written to long connections: blocks, bytes, messages', 'what', () => sent)
  sums('gala_room_opened_total', 'Long connections that began: new, without a gap, with one', 'how', () => opened)
  return {
    counts,
    storeFailed: (_: unknown) => storeFailures.inc(),
    failedUnexpectedly: (error: AppError) => log.error({ err: error.cause }, 'something of a room failed unexpectedly'),
    watch: ({ sockets, streams, feeds, doorkeeper }: Watched) => {
      gauged(
        metrics,
        'gala_room_connections',
        'Long connections, also those that have not said hello',
        () => doorkeeper.open,
      )
      gauged(metrics, 'gala_room_sockets', 'WebSockets that are in a room', () => sockets.open)
      gauged(metrics, 'gala_room_streams', 'Streams of server-sent events', () => streams.all.size)
      gauged(metrics, 'gala_rooms', 'Rooms this process follows', () => feeds.size)
      gauged(metrics, 'gala_room_ring_bytes', 'Blocks in memory', () =>
        [...feeds.all].reduce((sum, { ring }) => sum + ring.bytes, 0),
      )
      sums('gala_room_closed_total', 'Long connections that ended, by why', 'reason', () => sockets.closes)
      sums('gala_room_refused_total', 'Long connections that were not made, by why', 'why', () => doorkeeper.refused)
      collected(metrics, 'gala_room_direct_lost_total', 'Messages for one viewer there was no room for', [], () => [
        [{}, sockets.directLost],
      ])
      collected(
        metrics,
        'gala_room_delivery_delay_seconds_bucket',
        'Deliveries that took so long from acceptance until they were written',
        ['le'],
        () => delayBuckets(feeds),
      )
    },
  }
}

/** Of all rooms together, each bound with all below it, as histograms are. */
function* delayBuckets(feeds: Feeds): Iterable<[{ le: string }, number]> {
  let sum = 0
  for (const [i, boundMs] of delayBoundsMs.entries()) {
    sum += feeds.delayCounts[i] ?? 0
    yield [{ le: Number.isFinite(boundMs) ? String(boundMs / 1_000) : '+Inf' }, sum]
  }
}
