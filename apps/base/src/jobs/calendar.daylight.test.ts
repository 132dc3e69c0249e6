import type { Schedule } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { slotTimes } from './calendar.js'

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

describe('fixed times when the clock is put forward', () => {
  it.each([
    ['America/New_York', '30 2 * * *', '2026-03-07T07:30Z', ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z']],
    ['America/New_York', '30 2 * * *', '2027-03-13T07:30Z', ['2027-03-14T07:00:00Z', '2027-03-15T06:30:00Z']],
    ['Europe/London', '15 1 * * *', '2026-03-28T01:15Z', ['2026-03-29T01:00:00Z', '2026-03-30T00:15:00Z']],
    ['Europe/London', '15 1 * * *', '2027-03-27T01:15Z', ['2027-03-28T01:00:00Z', '2027-03-29T00:15:00Z']],
    ['Australia/Lord_Howe', '10 2 * * *', '2026-10-02T15:40Z', ['2026-10-03T15:30:00Z', '2026-10-04T15:10:00Z']],
    ['Australia/Lord_Howe', '10 2 * * *', '2027-10-01T15:40Z', ['2027-10-02T15:30:00Z', '2027-10-03T15:10:00Z']],
  ])('run at that moment in %s: %s after %s', (timeZone, expression, after, expected) => {
    expect(coming(cron(expression, timeZone), after, 2)).toEqual(expected)
  })

  it('run once, however many of them are left out and although the moment itself is one of them', () => {
    const job = cron('0,20,40 2,3 * * *', 'America/New_York')
    expect(due(job, '2026-03-08T06:59:59Z', '2026-03-08T08:00Z')).toEqual([
      '2026-03-08T07:00:00Z',
      '2026-03-08T07:20:00Z',
      '2026-03-08T07:40:00Z',
    ])
  })

  it('run at midnight when the last hour of a day is left out', () => {
    expect(due(cron('30 23 * * SAT', 'America/Nuuk'), '2026-03-23T00:00Z', '2026-03-30T00:00Z')).toEqual([
      '2026-03-29T01:00:00Z',
    ])
    expect(due(cron('30 23 * * SAT', 'America/Nuuk'), '2027-03-22T00:00Z', '2027-03-29T00:00Z')).toEqual([
      '2027-03-28T01:00:00Z',
    ])
  })

  it('are not made up for on a day on which none of them was to run', () => {
    expect(due(cron('30 2 * * MON', 'America/New_York'), '2026-03-07T00:00Z', '2026-03-09T00:00Z')).toEqual([])
  })

  it('are found by a window that begins or ends with that moment', () => {
    const job = cron('30 2 * * *', 'America/New_York')
    expect(due(job, '2026-03-08T06:59:59.999Z', '2026-03-08T07:00Z')).toEqual(['2026-03-08T07:00:00Z'])
    expect(due(job, '2026-03-08T07:00Z', '2026-03-09T06:29Z')).toEqual([])
    expect(due(job, '2026-03-08T00:00Z', '2026-03-08T06:59:59.999Z')).toEqual([])
  })

  it('are not made up for when a date was left out', () => {
    expect(due(cron('0 9 * * *', 'Pacific/Apia'), '2011-12-29T00:00Z', '2011-12-30T23:59Z')).toEqual([
      '2011-12-29T19:00:00Z',
      '2011-12-30T19:00:00Z',
    ])
  })
})

describe('fixed times when the clock is put back', () => {
  it.each([
    ['America/New_York', '30 1 * * *', '2026-10-31T06:00Z', ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z']],
    ['America/New_York', '30 1 * * *', '2027-11-06T06:00Z', ['2027-11-07T05:30:00Z', '2027-11-08T06:30:00Z']],
    ['Europe/London', '30 1 * * *', '2026-10-24T01:00Z', ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']],
    ['Europe/London', '30 1 * * *', '2027-10-30T01:00Z', ['2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z']],
    ['Australia/Lord_Howe', '45 1 * * *', '2026-04-03T15:00Z', ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z']],
    ['Australia/Lord_Howe', '45 1 * * *', '2027-04-02T15:00Z', ['2027-04-03T14:45:00Z', '2027-04-04T15:15:00Z']],
  ])('run the first time only in %s: %s after %s', (timeZone, expression, after, expected) => {
    expect(coming(cron(expression, timeZone), after, 2)).toEqual(expected)
  })

  it('go on with the first time that is shown once', () => {
    const job = cron('0,30 1,2 * * *', 'America/New_York')
    expect(due(job, '2026-11-01T04:00Z', '2026-11-01T08:00Z')).toEqual([
      '2026-11-01T05:00:00Z',
      '2026-11-01T05:30:00Z',
      '2026-11-01T07:00:00Z',
      '2026-11-01T07:30:00Z',
    ])
  })
})

describe('a rhythm', () => {
  it('goes on in real time when the clock is put forward', () => {
    const expected = ['2026-03-08T06:00:00Z', '2026-03-08T06:30:00Z', '2026-03-08T07:00:00Z', '2026-03-08T07:30:00Z']
    expect(due(cron('*/30 * * * *', 'America/New_York'), '2026-03-08T05:59Z', '2026-03-08T07:59Z')).toEqual(expected)
  })

  it('has no times that no clock shows', () => {
    expect(due(cron('*/20 2 * * *', 'America/New_York'), '2026-03-07T08:00Z', '2026-03-09T06:00Z')).toEqual([
      '2026-03-09T06:00:00Z',
    ])
    expect(due(cron('0 */2 * * *', 'America/New_York'), '2026-03-08T04:00Z', '2026-03-08T09:00Z')).toEqual([
      '2026-03-08T05:00:00Z',
      '2026-03-08T08:00:00Z',
    ])
    expect(due(cron('0 0-4/2 * * *', 'America/New_York'), '2026-03-08T05:00Z', '2026-03-08T09:00Z')).toEqual([
      '2026-03-08T08:00:00Z',
    ])
  })

  it('runs in both hours that are called the same', () => {
    expect(coming(cron('*/30 1 * * *', 'Europe/London'), '2027-10-30T12:00Z', 5)).toEqual([
      '2027-10-31T00:00:00Z',
      '2027-10-31T00:30:00Z',
      '2027-10-31T01:00:00Z',
      '2027-10-31T01:30:00Z',
      '2027-11-01T01:00:00Z',
    ])
    expect(coming(cron('40 * * * *', 'Australia/Lord_Howe'), '2026-04-04T14:00Z', 3)).toEqual([
      '2026-04-04T14:40:00Z',
      '2026-04-04T15:10:00Z',
      '2026-04-04T16:10:00Z',
    ])
  })

  it('runs in both of them when it comes once a year', () => {
    expect(coming(cron('* 1 1 11 *', 'America/New_York'), '2026-11-01T05:58Z', 3)).toEqual([
      '2026-11-01T05:59:00Z',
      '2026-11-01T06:00:00Z',
      '2026-11-01T06:01:00Z',
    ])
  })
})
