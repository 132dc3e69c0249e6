/// <reference lib="esnext.temporal" />
import assert from 'node:assert/strict'
import type { Schedule } from '@gala/contracts'
import { CronDate, CronPattern } from 'croner'

/**
 * The moments of a schedule with afterMs < t <= upToMs, in Unix milliseconds, ascending: the first `limit` of them.
 * `complete: false` when there are more; to go on, ask again after the last one. A window may have any length: years in which nothing
 * is due are passed over. `schedule` has passed `checkSchedule` and is not relative to an event.
 *
 * **cron.** A moment is due when the clock on the wall of its time zone shows a time that the expression names; a day, when both
 * day of month and weekday are given (are not `*`), if it is one of either, or of both with a `+` before the weekday. When that
 * clock is put forward or back (daylight saving), what is promised is what Vixie cron, as Debian has it, promises:
 *
 * - A job at fixed times (no `*`, `?` or `/` in its hours, minutes and seconds; lists and ranges are fixed times) runs once for
 *   each time of the wall clock. When its time is left out, it runs at the moment the clock is put forward: once, however many
 *   of its times are left out, and also when that moment already is of the next day. When its time comes twice, it runs the first
 *   time.
 * - Any other job keeps its rhythm in real time: it runs in both of two hours that are called the same, and has no times that no
 *   clock ever shows. (Vixie cron has no seconds, and takes `0-23/2` for fixed times; here every step is a rhythm.)
 * - A clock put forward or back by more than three hours was moved to another date rather than to summer time: nothing is
 *   made up for and nothing left out.
 *
 * **interval.** Every `everyMs` from `from` on, `from` itself being the first; without it from the Unix epoch.
 */
export function slotTimes(schedule: Schedule, afterMs: number, upToMs: number, limit: number): SlotTimes {
  const times: number[] = []
  for (const atMs of momentsOf(schedule, afterMs, upToMs)) {
    if (times.length >= limit) return { times, complete: false }
    times.push(atMs)
  }
  return { times, complete: true }
}

/** The first moment after `afterMs`, as `slotTimes` has them; undefined when none comes: of a cron, within fifty years. */
export function nextTime(schedule: Schedule, afterMs: number): number | undefined {
  const upToMs = schedule.kind === 'cron' ? afterMs + horizonMs : Number.MAX_SAFE_INTEGER
  for (const atMs of momentsOf(schedule, afterMs, upToMs)) return atMs
  return undefined
}

/**
 * Why a schedule cannot be, for whoever wrote it; undefined when it can. It has passed the contract's schema, so what is looked at
 * is what a schema cannot see: whether the expression can be read, the time zone is known, and the time ever comes.
 */
export function checkSchedule(schedule: Schedule): string | undefined {
  if (schedule.kind !== 'cron') return undefined
  const { expression, timeZone } = schedule
  if (!isTimeZone(timeZone)) return `time zone ${timeZone} is not known`
  try {
    patternOf(expression)
  } catch (error) {
    // The library's word on what is wrong; it begins with the name of the class that says it.
    return `cron expression cannot be read: ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : error}`
  }
  return nextTime(schedule, checkedFromMs) === undefined ? `cron expression ${expression} never comes` : undefined
}

/** Whether it has a moment after each: the others have one, which is known from the beginning. */
export const comesAgain = ({ kind }: Schedule): boolean => kind === 'cron' || kind === 'interval'

interface SlotTimes {
  times: number[]
  complete: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** The longest that a time of the Gregorian calendar lets wait: a 29 February on a given weekday, forty years around 2100. */
const horizonMs = 50 * 366 * dayMs
/** Whether a time ever comes has to have the same answer at any time. Zones are asked for their rules of now, not of long ago. */
const checkedFromMs = Date.UTC(2026, 0, 1)

function momentsOf(schedule: Schedule, afterMs: number, upToMs: number): Iterable<number> {
  assert(Number.isFinite(afterMs) && Number.isFinite(upToMs), 'a window has two ends')
  // Moments are whole milliseconds, the ends of a window need not be.
  const firstMs = Math.floor(afterMs) + 1
  const lastMs = Math.floor(upToMs)
  switch (schedule.kind) {
    case 'cron':
      return cronMoments(patternOf(schedule.expression), schedule.timeZone, firstMs, lastMs)
    case 'interval':
      return intervalMoments(
        schedule.from === undefined ? 0 : Date.parse(schedule.from),
        schedule.everyMs,
        firstMs,
        lastMs,
      )
    case 'once': {
      const atMs = Date.parse(schedule.at)
      return firstMs <= atMs && atMs <= lastMs ? [atMs] : []
    }
    case 'event':
      return assert.fail('a schedule relative to an event has moments only once the event is known')
  }
}

function* intervalMoments(fromMs: number, everyMs: number, firstMs: number, lastMs: number) {
  const missed = Math.max(0, Math.ceil((firstMs - fromMs) / everyMs))
  for (let atMs = fromMs + missed * everyMs; atMs <= lastMs; atMs += everyMs) yield atMs
}

/**
 * The library matches expressions with the clock on the wall, and knows nothing of time zones here: its own rules leave out a
 * fixed time when the clock is put forward at the end of a day (America/Nuuk), and it asks Intl several times for each moment,
 * which is most of the time it takes.
 */
function* cronMoments(pattern: CronPattern, timeZone: string, firstMs: number, lastMs: number) {
  for (let fromMs = firstMs; fromMs <= lastMs; ) {
    const stretch = stretchAt(timeZone, fromMs)
    yield* momentsWithin(stretch, pattern, fromMs, Math.min(lastMs, stretch.toMs - 1))
    if (stretch.toMs > lastMs) return
    // Stretches of decades are passed over when nothing is due in them. No clock of the world is two days apart from another or
    // from itself, so whatever is due from here on is due no earlier than two days before this one would show it.
    const wall = wallClock(stretch.toMs + stretch.offsetMs - 2 * dayMs)
    if (!wall.increment(pattern, {}, false)) return
    fromMs = Math.max(stretch.toMs, wall.getTime() - stretch.offsetMs - 2 * dayMs)
  }
}

/** Moments of one stretch, from `firstMs` to `lastMs`. */
function* momentsWithin(stretch: Stretch, pattern: CronPattern, firstMs: number, lastMs: number) {
  const { fromMs, offsetMs, putForwardMs } = stretch
  const turned = pattern.isFixedTime && Math.abs(putForwardMs) <= 3 * hourMs
  let nextMs = firstMs
  if (turned && putForwardMs > 0 && firstMs === fromMs) {
    const leftOut = wallClock(fromMs + offsetMs - putForwardMs - 1)
    if (leftOut.increment(pattern, {}, false) && leftOut.getTime() < fromMs + offsetMs) {
      yield fromMs
      nextMs = fromMs + 1
    }
  }
  // What this clock shows until then, it has shown in the stretch before.
  if (turned && putForwardMs < 0) nextMs = Math.max(firstMs, fromMs - putForwardMs)
  const wall = wallClock(nextMs + offsetMs - 1)
  while (wall.increment(pattern, {}, false)) {
    const atMs = wall.getTime() - offsetMs
    if (atMs > lastMs) return
    yield atMs
  }
}

/** A time of a clock on the wall, written as if it were UTC. `increment` takes it to the next whole second that matches. */
const wallClock = (ms: number) => new CronDate(new Date(ms), 0)

/** As long as a time zone keeps its distance from UTC. */
interface Stretch {
  fromMs: number
  /** The first millisecond of the next one. */
  toMs: number
  /** What its clock shows is this much later than UTC. */
  offsetMs: number
  /** By how much its clock was put forward at `fromMs`; below 0: back. */
  putForwardMs: number
}

/** By time zone, the stretch asked for last: most questions are about now. There are some 600 names, in any case of letters. */
const stretches = new Map<string, Stretch>()
const stretchesMax = 1_000

function stretchAt(timeZone: string, ms: number): Stretch {
  const known = stretches.get(timeZone)
  if (known && known.fromMs <= ms && ms < known.toMs) return known
  stretches.delete(timeZone)
  return remember(stretches, stretchesMax, timeZone, readStretch(timeZone, ms))
}

function readStretch(timeZone: string, ms: number): Stretch {
  const zoned = (atMs: number) => Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone)
  const offsetAt = (atMs: number) => zoned(atMs).offsetNanoseconds / 1e6
  const fromMs = zoned(ms + 1).getTimeZoneTransition('previous')?.epochMilliseconds
  const offsetMs = offsetAt(ms)
  return {
    fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
    toMs: zoned(ms).getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs,
    putForwardMs: fromMs === undefined ? 0 : offsetMs - offsetAt(fromMs - 1),
  }
}

/** By expression, some 3 kB each. More jobs than this, all of them different, are still right, but read again every time. */
const patterns = new Map<string, CronPattern>()
const patternsMax = 2_000

/** @throws Error when the expression cannot be read. */
function patternOf(expression: string): CronPattern {
  const known = patterns.get(expression)
  if (known) return known
  const fields = expression.trim().split(/\s+/).length
  if (fields !== 5 && fields !== 6) throw new Error(`it has ${fields} fields, not five or six`)
  const pattern = new CronPattern(expression, undefined, { mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' })
  // Ten thousand years, each of them allowed and none of them asked for when the expression has no field for them: 80 kB.
  pattern.year = []
  return remember(patterns, patternsMax, expression, pattern)
}

/** Keeps what was last added; the oldest goes. */
function remember<T>(kept: Map<string, T>, max: number, key: string, value: T): T {
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= max) kept.delete(oldest)
  kept.set(key, value)
  return value
}

/** A name of the IANA database, not a distance such as +08:00. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
