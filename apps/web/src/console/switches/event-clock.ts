import type { Event } from '@gala/contracts'
import { span } from '../../format/times.js'

const shown: readonly Event['status'][] = ['live', 'paused', 'preheat', 'scheduled']

/** The event the clock runs for unless somebody chooses: what is live, else what begins next. */
export function nextEvent(events: readonly Event[], nowMs: number): Event | undefined {
  const rank = ({ status }: Event) => (status === 'live' || status === 'paused' ? 0 : 1)
  const awayMs = ({ startAt }: Event) => Math.abs(Date.parse(startAt) - nowMs)
  return clockEvents(events).toSorted((a, b) => rank(a) - rank(b) || awayMs(a) - awayMs(b))[0]
}

/** Events a clock can run for: those that are neither drafts nor over. */
export const clockEvents = (events: readonly Event[]): Event[] => events.filter(({ status }) => shown.includes(status))

/** `T−0:05:00` before the start of an event, `T+1:02:03` after it; days are counted from the second on. */
export function eventClock(startAt: string, nowMs: number): string {
  const ms = nowMs - Date.parse(startAt)
  // Before the start the second that has begun counts, so that T−0:00 is the start itself.
  const restMs = ms < 0 ? -ms + 999 : ms
  const days = Math.floor(restMs / 86_400_000)
  return `T${ms < 0 ? '−' : '+'}${days > 1 ? `${days} d ${span(restMs % 86_400_000)}` : span(restMs)}`
}
