import type { Schedule } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { checkSchedule, nextTime, slotTimes } from './calendar.js'

const cron = (expression: string, timeZone = 'UTC'): Schedule => ({ kind: 'cron', expression, timeZone })
const iso = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace('.000Z', 'Z')

/** What is due after `after` and up to `upTo`. */
function due(schedule: Schedule, after: string, upTo: string) {
  const { times, complete } = slotTimes(schedule, Date.parse(after), Date.parse(upTo), 100)
  expect(complete).toBe(true)
  return times.map(iso)
}

/** The first `count` that are due after `after`. */
const coming = (schedule: Schedule, after: string, count: number) =>
  slotTimes(schedule, Date.parse(after), Date.parse(after) + 400 * 366 * 86_400_000, count).times.map(iso)

describe('days', () => {
  it.each([
    ['0 0 L * *', 'UTC', '2028-01-31T00:00Z', ['2028-02-29T00:00:00Z', '2028-03-31T00:00:00Z', '2028-04-30T00:00:00Z']],
    [
      '0 0 31 * *',
      'UTC',
      '2026-03-31T00:00Z',
      ['2026-05-31T00:00:00Z', '2026-07-31T00:00:00Z', '2026-08-31T00:00:00Z'],
    ],
    ['0 12 29 2 *', 'Asia/Shanghai', '2026-01-01T00:00Z', ['2028-02-29T04:00:00Z', '2032-02-29T04:00:00Z']],
    ['0 0 29 2 *', 'America/New_York', '2096-03-01T00:00Z', ['2104-02-29T05:00:00Z']],
    ['0 0 1 1 *', 'Asia/Shanghai', '2026-06-01T00:00Z', ['2026-12-31T16:00:00Z', '2027-12-31T16:00:00Z']],
    ['59 59 23 31 DEC *', 'Europe/London', '2026-06-01T00:00Z', ['2026-12-31T23:59:59Z', '2027-12-31T23:59:59Z']],
    ['0 9 * * MON-FRI', 'Asia/Shanghai', '2026-02-13T00:00Z', ['2026-02-13T01:00:00Z', '2026-02-16T01:00:00Z']],
    ['0 9 * * 7', 'UTC', '2026-02-13T00:00Z', ['2026-02-15T09:00:00Z', '2026-02-22T09:00:00Z']],
    ['0 9 * * FRI#2', 'UTC', '2026-01-10T00:00Z', ['2026-02-13T09:00:00Z', '2026-03-13T09:00:00Z']],
    ['0 9 * * 1#5', 'UTC', '2026-01-01T00:00Z', ['2026-03-30T09:00:00Z', '2026-06-29T09:00:00Z']],
    ['0 9 * * FRIL', 'UTC', '2026-02-01T00:00Z', ['2026-02-27T09:00:00Z', '2026-03-27T09:00:00Z']],
    [
      '0 0 13 * FRI',
      'UTC',
      '2026-03-01T00:00Z',
      ['2026-03-06T00:00:00Z', '2026-03-13T00:00:00Z', '2026-03-20T00:00:00Z'],
    ],
    [
      '0 0 13 * +FRI',
      'UTC',
      '2026-01-01T00:00Z',
      ['2026-02-13T00:00:00Z', '2026-03-13T00:00:00Z', '2026-11-13T00:00:00Z'],
    ],
    [
      '0 0 1-10/4,15 JAN,mar *',
      'UTC',
      '2026-01-02T00:00Z',
      ['2026-01-05T00:00:00Z', '2026-01-09T00:00:00Z', '2026-01-15T00:00:00Z', '2026-03-01T00:00:00Z'],
    ],
  ])('are found: %s in %s after %s', (expression, timeZone, after, expected) => {
    expect(coming(cron(expression, timeZone), after, expected.length)).toEqual(expected)
  })
})

describe('seconds', () => {
  it('are a sixth field, in front', () => {
    expect(coming(cron('*/20 30 4 * * *'), '2026-02-16T04:29:59Z', 4)).toEqual([
      '2026-02-16T04:30:00Z',
      '2026-02-16T04:30:20Z',
      '2026-02-16T04:30:40Z',
      '2026-02-17T04:30:00Z',
    ])
  })

  it('of a fixed time do not matter at the moment the clock is put forward', () => {
    expect(due(cron('15,45 30 2 * * *', 'America/New_York'), '2026-03-08T06:00Z', '2026-03-08T08:00Z')).toEqual([
      '2026-03-08T07:00:00Z',
    ])
  })

  it('that are a step make a rhythm', () => {
    expect(due(cron('*/30 30 2 * * *', 'America/New_York'), '2026-03-08T06:00Z', '2026-03-08T08:00Z')).toEqual([])
    expect(due(cron('*/30 30 1 * * *', 'America/New_York'), '2026-11-01T05:00Z', '2026-11-01T07:00Z')).toHaveLength(4)
  })
})

describe('a window', () => {
  it('begins after its first moment and ends with its last', () => {
    const minute = cron('* * * * *')
    expect(due(minute, '2026-01-01T00:00Z', '2026-01-01T00:02Z')).toEqual([
      '2026-01-01T00:01:00Z',
      '2026-01-01T00:02:00Z',
    ])
    expect(due(minute, '2026-01-01T00:00:00.001Z', '2026-01-01T00:00:59.999Z')).toEqual([])
    expect(due(minute, '2025-12-31T23:59:59.999Z', '2026-01-01T00:00Z')).toEqual(['2026-01-01T00:00:00Z'])
    expect(due(minute, '2026-01-01T00:00Z', '2026-01-01T00:00Z')).toEqual([])
    expect(due(minute, '2026-01-01T00:02Z', '2026-01-01T00:00Z')).toEqual([])
  })

  it('may end between two milliseconds', () => {
    const midnight = Date.UTC(2026, 0, 1)
    expect(slotTimes(cron('* * * * *'), midnight - 0.5, midnight + 0.5, 9).times).toEqual([midnight])
    expect(slotTimes(cron('* * * * *'), midnight + 0.5, midnight + 1_000.5, 9).times).toEqual([])
  })

  it('of a day with a job each second comes in pieces', () => {
    const from = Date.UTC(2026, 10, 1)
    const upTo = from + 86_400_000
    let after = from
    let seen = 0
    for (let complete = false; !complete; ) {
      const piece = slotTimes(cron('* * * * * *', 'America/New_York'), after, upTo, 5_000)
      for (const atMs of piece.times) expect(atMs).toBe(from + ++seen * 1_000)
      after = piece.times.at(-1) ?? upTo
      complete = piece.complete
    }
    expect(seen).toBe(86_400)
  })

  it('is complete when it has just as many moments as are wanted', () => {
    const after = Date.UTC(2026, 0, 1)
    expect(slotTimes(cron('* * * * *'), after, after + 180_000, 3).complete).toBe(true)
    expect(slotTimes(cron('* * * * *'), after, after + 180_000, 2)).toEqual({
      times: [after + 60_000, after + 120_000],
      complete: false,
    })
    expect(slotTimes(cron('* * * * *'), after, after + 180_000, 0)).toEqual({ times: [], complete: false })
    expect(slotTimes(cron('* * * * *'), after, after, 0)).toEqual({ times: [], complete: true })
  })

  it('has two ends', () => {
    expect(() => slotTimes(cron('* * * * *'), Number.NaN, 0, 1)).toThrow('a window has two ends')
    expect(() => slotTimes(cron('* * * * *'), 0, Number.POSITIVE_INFINITY, 1)).toThrow('a window has two ends')
  })
})

describe('intervals and single moments', () => {
  it('count from the Unix epoch', () => {
    const every: Schedule = { kind: 'interval', everyMs: 7 * 60_000 }
    const { times } = slotTimes(every, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 1), 100)
    expect(times).toHaveLength(8)
    expect(times.every((atMs) => atMs % (7 * 60_000) === 0)).toBe(true)
    expect(slotTimes(every, -1, 0, 1).times).toEqual([0])
  })

  it('count from the moment they are given, which is the first', () => {
    const every: Schedule = { kind: 'interval', everyMs: 90_000, from: '2026-02-16T12:00:00.500Z' }
    expect(coming(every, '2026-01-01T00:00Z', 2)).toEqual(['2026-02-16T12:00:00.500Z', '2026-02-16T12:01:30.500Z'])
    expect(coming(every, '2026-02-16T12:00:00.500Z', 1)).toEqual(['2026-02-16T12:01:30.500Z'])
    expect(coming(every, '2026-02-16T12:01:30.499Z', 1)).toEqual(['2026-02-16T12:01:30.500Z'])
  })

  it('may be 31 days long', () => {
    const every: Schedule = { kind: 'interval', everyMs: 31 * 86_400_000, from: '2026-01-01T00:00:00Z' }
    expect(due(every, '2026-01-01T00:00Z', '2026-03-10T00:00Z')).toEqual([
      '2026-02-01T00:00:00Z',
      '2026-03-04T00:00:00Z',
    ])
  })

  it('are cut by the limit', () => {
    expect(slotTimes({ kind: 'interval', everyMs: 1_000 }, 0, 1e12, 2)).toEqual({
      times: [1_000, 2_000],
      complete: false,
    })
  })

  it('are given once when there is only one', () => {
    const once: Schedule = { kind: 'once', at: '2026-02-16T12:00:00.000Z' }
    expect(due(once, '2026-02-16T11:59:59.999Z', '2026-02-16T12:00Z')).toEqual(['2026-02-16T12:00:00Z'])
    expect(due(once, '2026-02-16T12:00Z', '2026-02-17T12:00Z')).toEqual([])
    expect(iso(nextTime(once, 0))).toBe('2026-02-16T12:00:00Z')
    expect(nextTime(once, Date.parse(once.at))).toBeUndefined()
  })

  it('are not asked of a schedule relative to an event', () => {
    expect(() => nextTime({ kind: 'event', at: 'T-30m' }, 0)).toThrow('once the event is known')
  })
})

describe('a schedule that cannot be', () => {
  it.each([
    ['61 * * * *', 'UTC', 'cron expression cannot be read: Invalid value for minute: 61'],
    ['* * * *', 'UTC', 'cron expression cannot be read: it has 4 fields, not five or six'],
    ['* * * * * * 2026', 'UTC', 'cron expression cannot be read: it has 7 fields, not five or six'],
    ['@daily', 'UTC', 'cron expression cannot be read: it has 1 fields, not five or six'],
    ['2026-02-16T12:00:00', 'UTC', 'cron expression cannot be read: it has 1 fields, not five or six'],
    ['* * * * noon', 'UTC', expect.stringContaining('cron expression cannot be read: ')],
    ['0 0 30 2 *', 'UTC', 'cron expression 0 0 30 2 * never comes'],
    ['* * * * * *', 'Asia/Peking', 'time zone Asia/Peking is not known'],
    ['* * * * *', '+08:00', 'time zone +08:00 is not known'],
    ['* * * * *', '', 'time zone  is not known'],
    ['*/5 2 * 3 +SUN#2', 'America/New_York', 'cron expression */5 2 * 3 +SUN#2 never comes'],
  ])('is told why: %s in %s', (expression, timeZone, why) => {
    expect(checkSchedule(cron(expression, timeZone))).toEqual(why)
  })

  it.each([
    cron('* * * * * *'),
    cron('0 0 29 2 *', 'Australia/Lord_Howe'),
    cron('0 0 29 2 +MON', 'Asia/Shanghai'),
    cron('0 2 * 3 +SUN#2', 'America/New_York'),
    cron('* * * * *', 'Asia/Calcutta'),
    { kind: 'interval', everyMs: 1_000 },
    { kind: 'once', at: '1999-01-01T00:00:00Z' },
    { kind: 'event', at: 'END+10m' },
  ] satisfies Schedule[])('is not this: %j', (schedule) => {
    expect(checkSchedule(schedule)).toBeUndefined()
  })

  it('never has a next time', () => {
    expect(nextTime(cron('0 0 30 2 *'), 0)).toBeUndefined()
    expect(slotTimes(cron('0 0 30 2 *'), 0, Date.UTC(2900, 0, 1), 10)).toEqual({ times: [], complete: true })
  })
})
