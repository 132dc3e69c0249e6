import type { Event, Programme, RunningOrder } from '@gala/contracts'

type Item = RunningOrder['items'][number]

/**
 * Where the running order stands at `nowMs`. An item is current from its start until its end, while the event is live;
 * in a gap, and before and after the event, nothing is. The first item that has not begun is next.
 */
export function atMoment(event: Event, version: number, programmes: readonly Programme[], nowMs: number): RunningOrder {
  let currentId: string | null = null
  let nextFound = false
  const state = ({ id, startAt, durationS }: Programme): Item['state'] => {
    const startMs = Date.parse(startAt)
    if (nowMs >= startMs + durationS * 1000) return 'done'
    if (nowMs >= startMs && event.status === 'live' && currentId === null) {
      currentId = id
      return 'current'
    }
    if (nextFound) return 'later'
    nextFound = true
    return 'next'
  }
  const items = programmes.map((programme) => ({ ...programme, state: state(programme) }))
  return { eventId: event.id, version, currentId, items }
}

/** When the clock will next change where the running order stands, or undefined when it is over. */
export function nextChangeMs(programmes: readonly Programme[], nowMs: number): number | undefined {
  const moments = programmes.flatMap(({ startAt, durationS }) => {
    const startMs = Date.parse(startAt)
    return [startMs, startMs + durationS * 1000]
  })
  const ahead = moments.filter((moment) => moment > nowMs)
  return ahead.length > 0 ? Math.min(...ahead) : undefined
}
