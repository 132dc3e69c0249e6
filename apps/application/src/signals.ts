import type { CheckOutcome } from '@gala/cache'
import { AppError, type BeaconKind, type BeaconRefusal, type ErrorCode } from '@gala/contracts'
import type { Topic } from '@gala/eventlog'
import { ageHistogram } from '@gala/runtime'
import { Counter, Gauge } from 'prom-client'
import type { ApplicationContext } from './application.config.js'

export const SIGNALS = Symbol('SIGNALS')
export type ApplicationSignals = ReturnType<typeof applicationSignals>

/** What application tells of itself: one function per thing that happens. */
export function applicationSignals(context: ApplicationContext) {
  const { metrics, log } = context
  const ageServed = ageHistogram(context)
  const registers = [metrics]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const redisFailures = counter('gala_redis_failures_total', 'Faults of the own Redis')
  const peerFailures = counter('gala_peer_failures_total', 'Faults of another data centre’s Redis')
  const databaseFailures = counter('gala_database_failures_total', 'Database servers that did not answer')
  const likesTaken = counter('gala_likes_taken_total', 'Likes taken down in this data centre')
  const likesBooked = counter('gala_likes_booked_total', 'Likes booked at their home data centre')
  const likesRepeated = counter('gala_likes_repeated_total', 'Entries that had been booked before')
  const bookingPauses = counter('gala_likes_booking_pauses_total', 'Booking rounds that failed')
  const said = counter('gala_room_messages_accepted_total', 'Messages of viewers that were taken down', ['type'])
  const unsaid = counter('gala_room_messages_refused_total', 'Messages of viewers that were refused', ['code'])
  const screened = counter('gala_room_texts_screened_total', 'Texts words were found in, by what became of them', [
    'act',
  ])
  const unreadable = counter(
    'gala_room_unreadable_total',
    'Times something in the store of rooms was left out: it cannot be read',
  )
  const saidAgain = counter('gala_room_messages_repeated_total', 'Messages that had been taken before')
  const wordPauses = counter('gala_words_failures_total', 'Readings of the lists of words that failed')
  const words = new Gauge({ name: 'gala_words_screened', help: 'Words texts are screened for', registers })
  const wordsLeftOut = new Gauge({ name: 'gala_words_left_out', help: 'Words there was no room for', registers })
  const beacons = counter('gala_beacons_taken_total', 'Beacons of players on their way to the spool', [
    'kind',
    'viewer',
  ])
  const beaconsRepeated = counter('gala_beacons_repeated_total', 'Beacons that had been taken before')
  const beaconsRefused = counter('gala_beacons_refused_total', 'Beacons that were refused', ['code'])
  const beaconsUnchecked = counter(
    'gala_beacon_batches_unchecked_total',
    'Batches taken without Redis to know repeated ones',
  )
  const spoolFull = counter('gala_spool_full_total', 'Writes the spool had no room for', ['topic'])
  const spoolFailures = counter('gala_spool_failures_total', 'Writes of the spool that failed and are done again', [
    'topic',
  ])
  const audited = counter(
    'gala_room_messages_audited_total',
    'Lines about messages of rooms on their way to the spool',
    ['what'],
  )
  const auditPauses = counter(
    'gala_room_audit_failures_total',
    'Turns of the audit of rooms that failed and are done again',
  )
  const inbox = new Gauge({ name: 'gala_likes_inbox_entries', help: 'Taken but not booked yet', registers })
  return {
    ageServed,
    checked: (outcome: CheckOutcome, key: string) => {
      if (outcome.startsWith('wrong'))
        log.error({ outcome, key }, 'a read was answered with what the source does not say')
    },
    // The caller gets the refusal or a copy; the outcome counter holds it.
    loadFailed: () => {},
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
    beaconTaken: (kind: BeaconKind, verified: boolean) => beacons.inc({ kind, viewer: verified ? 'known' : 'unknown' }),
    beaconsRepeated: (count: number) => beaconsRepeated.inc(count),
    beaconRefused: (code: BeaconRefusal) => beaconsRefused.inc({ code }),
    beaconsUnchecked: () => beaconsUnchecked.inc(),
    spoolFull: (topic: Topic) => spoolFull.inc({ topic }),
    spoolFailed: (topic: Topic, err: Error) => {
      spoolFailures.inc({ topic })
      log.warn({ err, topic }, 'the spool cannot be written: lines wait in memory')
    },
    audited: (what: 'accepted' | 'screened', lines: number) => audited.inc({ what }, lines),
    auditPaused: () => auditPauses.inc(),
    said: (type: 'chat' | 'gift') => said.inc({ type }),
    roomUnreadable: (what: string) => {
      unreadable.inc()
      log.error({ what }, 'left out: it is in the store of rooms and cannot be read')
    },
    /** `ERROR` stands for what is no refusal but a defect. */
    unsaid: (code: ErrorCode | 'ERROR') => unsaid.inc({ code }),
    screened: (act: 'mask' | 'hold' | 'refuse') => screened.inc({ act }),
    saidAgain: () => saidAgain.inc(),
    wordsFailed: (err: unknown) => {
      wordPauses.inc()
      // That MySQL does not answer is told by whoever watches it.
      if (!(err instanceof AppError)) log.error({ err }, 'the lists of words cannot be made use of: the last ones stay')
    },
    wordsChanged: (size: { words: number; states: number; leftOut: number }) => {
      words.set(size.words)
      wordsLeftOut.set(size.leftOut)
      if (size.leftOut > 0) log.error(size, 'the lists hold more words than there is room for: some are not looked for')
      else log.info(size, 'texts are screened for other words')
    },
  }
}
