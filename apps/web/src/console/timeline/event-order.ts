import type { Event } from '@gala/contracts'

/** First what is on, then what comes, soonest first, then what is over, newest first. */
export function eventOrder(events: readonly Event[], nowMs: number): Event[] {
  const rank = ({ status, startAt }: Event) => {
    if (status === 'live' || status === 'paused') return 0
    if (status === 'ended' || status === 'replay') return 3
    // What nobody has begun long after its time comes after what is ahead.
    return Date.parse(startAt) >= nowMs - longAgoMs ? 1 : 2
  }
  const awayMs = ({ startAt }: Event) => Math.abs(Date.parse(startAt) - nowMs)
  return events.toSorted((a, b) => rank(a) - rank(b) || awayMs(a) - awayMs(b))
}

const longAgoMs = 86_400_000

const shapes: Record<Event['status'], string> = {
  draft: '◌',
  scheduled: '○',
  preheat: '◔',
  live: '●',
  paused: '‖',
  ended: '■',
  replay: '↺',
}

/** A status by shape and word. */
export const statusWords = (status: Event['status']): string => `${shapes[status]} ${status}`
