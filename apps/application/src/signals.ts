import type { FollowerSignal } from '@gala/bus'
import type { CacheCounts } from '@gala/cache'
import { collected } from '@gala/runtime'
import { Counter, Gauge } from 'prom-client'
import type { ApplicationContext } from './application.config.js'

export const SIGNALS = Symbol('SIGNALS')
export type ApplicationSignals = ReturnType<typeof applicationSignals>

/** What application tells of itself: one function per thing that happens. */
export function applicationSignals({ metrics, log }: ApplicationContext) {
  const registers = [metrics]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const busSignals = counter('gala_bus_signals_total', 'Gaps in the change bus, and how they ended', ['signal'])
  const redisFailures = counter('gala_redis_failures_total', 'Faults of the own Redis')
  const peerFailures = counter('gala_peer_failures_total', 'Faults of another data centre’s Redis')
  const databaseFailures = counter('gala_database_failures_total', 'Database servers that did not answer')
  const likesTaken = counter('gala_likes_taken_total', 'Likes taken down in this data centre')
  const likesBooked = counter('gala_likes_booked_total', 'Likes booked at their home data centre')
  const likesRepeated = counter('gala_likes_repeated_total', 'Entries that had been booked before')
  const bookingPauses = counter('gala_likes_booking_pauses_total', 'Booking rounds that failed')
  const inbox = new Gauge({ name: 'gala_likes_inbox_entries', help: 'Taken but not booked yet', registers })
  return {
    cacheCounts: (counts: CacheCounts) =>
      collected(metrics, {
        name: 'gala_cache_outcomes_total',
        help: 'What the cache has answered from, and what happened on the way',
        label: 'outcome',
        counts,
      }),
    // The caller gets the refusal or a copy; the outcome counter holds it.
    loadFailed: () => {},
    busSignal: (signal: FollowerSignal) => busSignals.inc({ signal }),
    redisFailed: () => redisFailures.inc(),
    peerFailed: () => peerFailures.inc(),
    databaseFailed: () => databaseFailures.inc(),
    likesTaken: (count: number) => likesTaken.inc(count),
    likesBooked: (entries: number, repeated: number, likes: number) => {
      likesBooked.inc(likes)
      likesRepeated.inc(repeated)
      if (repeated === entries && entries > 100) log.warn({ entries }, 'a whole batch of likes had been booked before')
    },
    bookingPaused: () => bookingPauses.inc(),
    inboxLength: (length: number) => inbox.set(length),
  }
}
