import { describe, expect, it } from '@jest/globals'
import { cronWords } from './cron-words.js'
import { knownZone, scheduleWords } from './schedule-words.js'

describe('a cron expression in words', () => {
  const means: [string, string][] = [
    ['* * * * *', 'every minute'],
    ['* * * * * *', 'every second'],
    ['*/15 * * * * *', 'every 15 seconds'],
    ['*/5 * * * *', 'every 5 minutes'],
    ['7 * * * *', 'every hour at :07'],
    ['0 */6 * * *', 'every 6 hours at :00'],
    ['0 20 * * *', 'every day at 20:00'],
    ['30 0 20 * * *', 'every day at 20:00:30'],
    ['0 8,20 * * *', 'every day at 08:00 and 20:00'],
    ['30 9 * * mon-fri', 'at 09:30 on Monday to Friday'],
    ['0 9 1 * *', 'at 09:00 on day 1 of the month'],
    ['0 3 L * *', 'at 03:00 on the last day of the month'],
    ['0 3 * * 5#2', 'at 03:00 on the second Friday of the month'],
    ['0 3 * * 5L', 'at 03:00 on the last Friday of the month'],
    ['0 0 1 1,7 *', 'at 00:00 on day 1 of the month in January and July'],
    ['0 9 13 * 5', 'at 09:00 on day 13 of the month or on Friday'],
    ['*/10 8-20 * * *', 'every 10 minutes from 08:00 to 20:59'],
    ['0 0 * * 7', 'at 00:00 on Sunday'],
  ]
  it.each(means)('reads %s', (expression, words) => expect(cronWords(expression)).toBe(words))

  it('does not call steps even that are not', () => {
    expect(cronWords('*/7 * * * *')).toBe('minute every 7th from 0')
  })

  it.each(['', '* * * *', '60 * * * *', '* 24 * * *', 'a * * * *', '5-1 * * * *', '* * * * * * *', '*/0 * * * *'])(
    'does not pretend to read “%s”',
    (expression) => expect(cronWords(expression)).toBeUndefined(),
  )
})

describe('a schedule in words', () => {
  it('names the time zone of a cron expression, and shows the expression it cannot read', () => {
    expect(scheduleWords({ kind: 'cron', expression: '0 20 * * *', timeZone: 'Asia/Shanghai' })).toBe(
      'every day at 20:00, Asia/Shanghai',
    )
    expect(scheduleWords({ kind: 'cron', expression: '@daily', timeZone: 'UTC' })).toBe('cron @daily, UTC')
  })

  it('says intervals and times of an event', () => {
    expect(scheduleWords({ kind: 'interval', everyMs: 90_000 })).toBe('every 1 min 30 s')
    expect(scheduleWords({ kind: 'event', at: 'T-30m' })).toBe('30 min before the start of the event')
  })

  it('knows which time zones there are', () => {
    expect(['Asia/Shanghai', 'UTC', 'Mars/Olympus', ''].map(knownZone)).toEqual([true, true, false, false])
  })
})
