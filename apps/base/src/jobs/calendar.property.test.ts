import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { slotTimes } from './calendar.js'

const minuteMs = 60_000
const dayMs = 86_400_000

/** Days on which clocks are put forward or back, in 2026 and 2027; and days on which nothing happens. */
const turns: [timeZone: string, ...days: string[]][] = [
  ['America/New_York', '2026-03-08', '2026-11-01', '2027-03-14', '2027-11-07'],
  ['Europe/London', '2026-03-29', '2026-10-25', '2027-03-28', '2027-10-31'],
  ['Australia/Lord_Howe', '2026-04-04', '2026-10-03', '2027-04-03', '2027-10-02'],
  // At midnight, across midnight, by two hours, and for a month the other way round.
  ['Africa/Cairo', '2026-04-24', '2026-10-29', '2027-04-30', '2027-10-28'],
  ['America/Nuuk', '2026-03-29', '2026-10-25', '2027-03-28', '2027-10-31'],
  ['Antarctica/Troll', '2026-03-29', '2026-10-25', '2027-03-28', '2027-10-31'],
  ['Africa/Casablanca', '2026-02-15', '2026-03-22', '2027-02-07', '2027-03-14'],
  ['Asia/Shanghai', '2026-02-28', '2026-12-31', '2027-02-28', '2028-02-29'],
  ['UTC', '2026-02-28', '2026-12-31', '2027-02-28', '2028-02-29'],
]
const casesPerTurn = 30
const seed = 20_260_216

describe('the moments of any expression', () => {
  it.each(turns)(`are those that a slow look at every minute finds, in %s (seed ${seed})`, (timeZone, ...days) => {
    const random = seededRandom(seed)
    let found = 0
    for (const day of days) {
      const minutes = lookAtClock(timeZone, Date.parse(day) - dayMs, Date.parse(day) + 2 * dayMs)
      const first = minutes[4 * 60]?.atMs ?? 0
      const last = minutes.at(-1)?.atMs ?? 0
      for (let n = 0; n < casesPerTurn; n++) {
        const job = randomJob(random, day)
        const afterMs = Math.floor(first + random() * (last - first) * 0.6)
        const upToMs = Math.floor(afterMs + random() * (last - afterMs))
        const expected = expectedTimes(job, minutes, afterMs, upToMs)
        const actual = inPieces(job.expression, timeZone, afterMs, upToMs, 1 + Math.floor(random() * 500))
        const what = `${job.expression} in ${timeZone}, ${new Date(afterMs).toISOString()} to ${new Date(upToMs).toISOString()}`
        expect({ what, ...firstDifference(actual, expected) }).toEqual({ what })
        found += actual.length
      }
    }
    // A generator of expressions that are never due would prove nothing.
    expect(found).toBeGreaterThan(days.length * casesPerTurn)
  })
})

function firstDifference(actual: number[], expected: number[]) {
  const iso = (ms: number | undefined) => (ms === undefined ? 'nothing' : new Date(ms).toISOString())
  for (let n = 0; n < Math.max(actual.length, expected.length); n++) {
    if (actual[n] !== expected[n]) return { actual: iso(actual[n]), expected: iso(expected[n]) }
  }
  return {}
}

function inPieces(expression: string, timeZone: string, afterMs: number, upToMs: number, limit: number) {
  const times: number[] = []
  for (;;) {
    const piece = slotTimes({ kind: 'cron', expression, timeZone }, times.at(-1) ?? afterMs, upToMs, limit)
    times.push(...piece.times)
    if (piece.complete) return times
    expect(piece.times).toHaveLength(limit)
  }
}

/** What the clock on the wall shows at a moment, as if that were UTC. */
interface Minute {
  atMs: number
  wall: Date
  /** It has shown that before, at most four hours ago. */
  again: boolean
  /** What it would have shown had it not jumped here. */
  jumpedOver: Date[]
}

function lookAtClock(timeZone: string, fromMs: number, toMs: number): Minute[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const minutes: Minute[] = []
  const shownAt = new Map<number, number>()
  for (let atMs = fromMs; atMs < toMs; atMs += minuteMs) {
    const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = part
    const wallMs = Date.UTC(year, month - 1, day, hour, minute)
    const again = atMs - (shownAt.get(wallMs) ?? Number.NEGATIVE_INFINITY) <= 240 * minuteMs
    const jumpedOver: Date[] = []
    const before = minutes.at(-1)?.wall.getTime() ?? wallMs
    for (let leftOut = before + minuteMs; leftOut < wallMs; leftOut += minuteMs) jumpedOver.push(new Date(leftOut))
    shownAt.set(wallMs, atMs)
    minutes.push({ atMs, wall: new Date(wallMs), again, jumpedOver })
  }
  return minutes
}

/**
 * The convention, read off the clock minute by minute: what it shows is compared with the job. For one at fixed times, a minute
 * that is shown again does not count, and those that were jumped over count for the one jumped to.
 */
function expectedTimes(job: Job, minutes: Minute[], afterMs: number, upToMs: number): number[] {
  const times = new Set<number>()
  for (const { atMs, wall, again, jumpedOver } of minutes) {
    if (atMs <= afterMs - minuteMs || atMs > upToMs) continue
    if (job.fixed && jumpedOver.some((leftOut) => job.isDue(leftOut))) times.add(atMs)
    if ((job.fixed && again) || !job.isDue(wall)) continue
    for (const second of job.seconds) times.add(atMs + second * 1_000)
  }
  return [...times].filter((atMs) => afterMs < atMs && atMs <= upToMs)
}

interface Job {
  expression: string
  fixed: boolean
  seconds: number[]
  /** Whether the minute is one of the job's. */
  isDue(wall: Date): boolean
}

/** One field of an expression: how it is written, and what it means. */
interface Field {
  written: string
  has(wall: Date): boolean
}

type Between = (min: number, max: number) => number

const star: Field = { written: '*', has: () => true }

function randomJob(random: () => number, near: string): Job {
  const between: Between = (min, max) => min + Math.floor(random() * (max - min + 1))
  const oneOf = <T>(...choices: [T, ...T[]]): T => choices[between(0, choices.length - 1)] ?? choices[0]
  const second = oneOf(
    undefined,
    undefined,
    undefined,
    numbers(between, 0, 59, (wall) => wall.getUTCSeconds()),
  )
  const minute = numbers(between, 0, 59, (wall) => wall.getUTCMinutes())
  // Clocks are turned early in the day or at its end.
  const hour = numbers(between, ...oneOf<[number, number]>([0, 3], [1, 3], [0, 23], [22, 23]), (wall) =>
    wall.getUTCHours(),
  )
  const dayOfMonth = oneOf(star, star, daysOfMonth(between, near))
  const month = oneOf(
    star,
    star,
    star,
    numbers(between, 1, 12, (wall) => wall.getUTCMonth() + 1),
  )
  const dayOfWeek = oneOf(star, star, daysOfWeek(between))
  const both = dayOfWeek !== star && oneOf(true, false)
  const fields = [...(second ? [second] : []), minute, hour, dayOfMonth, month, dayOfWeek].map(({ written }) => written)
  const isDay = (wall: Date) =>
    both || dayOfMonth === star || dayOfWeek === star
      ? dayOfMonth.has(wall) && dayOfWeek.has(wall)
      : dayOfMonth.has(wall) || dayOfWeek.has(wall)
  return {
    expression: [...fields.slice(0, -1), `${both ? '+' : ''}${dayOfWeek.written}`].join(' '),
    fixed: !/[*/]/.test(`${second?.written ?? ''}${minute.written}${hour.written}`),
    seconds: Array.from({ length: 60 }, (_, n) => n).filter((n) =>
      second ? second.has(new Date(n * 1_000)) : n === 0,
    ),
    isDue: (wall) => minute.has(wall) && hour.has(wall) && month.has(wall) && isDay(wall),
  }
}

/** A star, a step, a number, a list, a range or a range with a step. */
function numbers(between: Between, min: number, max: number, read: (wall: Date) => number): Field {
  const [a, b, c, step] = [between(min, max), between(min, max), between(min, max), between(2, 9)]
  const [low, high] = [Math.min(a, b), Math.max(a, b)]
  const within = (value: number) => low <= value && value <= high
  const kind = between(0, 7)
  // A step of a star counts from the first number of the field, which is 1 for months and 0 for the others.
  const origin = min === 1 && max === 12 ? 1 : 0
  if (kind === 0) return star
  if (kind === 1) return { written: `*/${step}`, has: (wall) => (read(wall) - origin) % step === 0 }
  if (kind === 2) return { written: `${low}-${high}`, has: (wall) => within(read(wall)) }
  if (kind === 3)
    return { written: `${low}-${high}/${step}`, has: (wall) => within(read(wall)) && (read(wall) - low) % step === 0 }
  if (kind === 4)
    return { written: `${a},${low}-${high},${c}`, has: (wall) => [a, c].includes(read(wall)) || within(read(wall)) }
  if (kind === 5) return { written: `${a},${b}`, has: (wall) => [a, b].includes(read(wall)) }
  return { written: String(a), has: (wall) => read(wall) === a }
}

function daysOfMonth(between: Between, near: string): Field {
  const day = new Date(Date.parse(near) + between(-1, 1) * dayMs).getUTCDate()
  const isLast = (wall: Date) => new Date(wall.getTime() + dayMs).getUTCDate() === 1
  const kind = between(0, 4)
  if (kind === 0) return { written: 'L', has: isLast }
  if (kind === 1) return { written: `${day},L`, has: (wall) => wall.getUTCDate() === day || isLast(wall) }
  if (kind === 2) return { written: '*/2', has: (wall) => wall.getUTCDate() % 2 === 1 }
  return { written: String(day), has: (wall) => wall.getUTCDate() === day }
}

function daysOfWeek(between: Between): Field {
  const names = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
  const day = [0, 0, 6, 5, 3][between(0, 4)] ?? 0
  const nth = between(1, 5)
  const isDay = (wall: Date) => wall.getUTCDay() === day
  const isLast = (wall: Date) => new Date(wall.getTime() + 7 * dayMs).getUTCMonth() !== wall.getUTCMonth()
  const kind = between(0, 5)
  if (kind === 0)
    return { written: `${names[day]}#${nth}`, has: (wall) => isDay(wall) && Math.ceil(wall.getUTCDate() / 7) === nth }
  if (kind === 1) return { written: `${names[day]}L`, has: (wall) => isDay(wall) && isLast(wall) }
  if (kind === 2) return { written: 'MON-FRI', has: (wall) => wall.getUTCDay() % 6 !== 0 }
  if (kind === 3) return { written: `${day},2`, has: (wall) => isDay(wall) || wall.getUTCDay() === 2 }
  if (kind === 4) return { written: day === 0 ? '7' : String(day), has: isDay }
  return { written: names[day] ?? '', has: isDay }
}
