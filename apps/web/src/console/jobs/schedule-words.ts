import type { Schedule } from '@gala/contracts'
import { dayAndTime, lengthWords } from '../../format/times.js'
import { cronWords } from './cron-words.js'
import { eventTimeWords } from './time-words.js'

/** When a job is due, in words, with the time zone where it depends on one. */
export function scheduleWords(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'cron':
      return `${cronWords(schedule.expression) ?? `cron ${schedule.expression}`}, ${schedule.timeZone}`
    case 'interval':
      return `every ${lengthWords(schedule.everyMs)}${schedule.from ? `, counted from ${dayAndTime(schedule.from)}` : ''}`
    case 'once':
      return `once, ${dayAndTime(schedule.at)}`
    case 'event':
      return `${eventTimeWords(schedule.at)} of the event`
  }
}

/** Whether this browser knows a time zone by that name; servers know the same list. */
export function knownZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
