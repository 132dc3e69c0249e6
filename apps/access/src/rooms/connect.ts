import type { publicApi, RouteReply } from '@gala/contracts'
import type { LocalAnswer, LocalRequest } from '../local.js'
import type { RoomAddresses } from './addresses.js'
import type { Feed } from './feed.js'
import type { Feeds } from './feeds.js'
import type { Gate } from './gate.js'
import { heartbeatMs } from './heartbeat.js'
import type { Tickets } from './tickets.js'

interface Parts {
  gate: Gate
  feeds: Feeds
  tickets: Tickets
  addresses: RoomAddresses
  /** Operators want everybody to poll. */
  isSwitched: () => boolean
  /** The store of this data centre has not answered for too long. */
  isLost: () => boolean
  pollAfterMs: (feed: Feed | undefined) => number
}

/** Where and with what to open a long connection. */
export function connect({ gate, feeds, tickets, addresses, isSwitched, isLost, pollAfterMs }: Parts) {
  return async ({ input, viewer, traceparent }: LocalRequest): Promise<LocalAnswer> => {
    const { room } = input.params as { room: string }
    await gate.pass(room)
    const urls = isLost() ? addresses.elsewhere(room) : addresses.of(room, traceparent)
    const said: RouteReply<typeof publicApi.rooms.connect> = {
      urls: isSwitched() ? [] : urls,
      ticket: tickets.issue(room, viewer, heartbeatMs.normal, 'first'),
      heartbeatMs: heartbeatMs.normal,
      pollAfterMs: pollAfterMs(feeds.peek(room)),
      maySend: viewer !== undefined,
    }
    return { body: JSON.stringify(said) }
  }
}
