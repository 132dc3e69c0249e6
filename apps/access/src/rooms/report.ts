import type { Clock } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'
import type { Feed } from './feed.js'

/** Tells the store what is going on in a room here, once a second: operators see it, and blocks are made where somebody is. */
export const reportTo =
  (store: RoomStore, instance: string, clock: Clock, onError: (error: unknown) => void) =>
  ({ room, tally }: Feed) => {
    const at = clock.nowMs()
    const { readers, polls, delivered, skipped, delays } = tally
    const report = {
      instance,
      at,
      sockets: readers.socket,
      streams: readers.stream,
      polls: polls.perS,
      deliveredPerS: delivered.perS,
      delayP50Ms: delays.quantileMs(0.5),
      delayP99Ms: delays.quantileMs(0.99),
      skippedPerS: skipped.perS,
    }
    store.report(room, report).catch(onError)
    store.touch([room], at).catch(onError)
  }
