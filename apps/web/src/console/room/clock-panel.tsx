import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { useServerNow } from '../switches/desk.js'
import { clockEvents, eventClock, nextEvent } from '../switches/event-clock.js'
import { useEvents } from './use-events.js'

/** How long until, or since, the start of the event everybody is here for. */
export function ClockPanel() {
  const events = useEvents()
  const nowMs = useServerNow()
  const [chosen, setChosen] = useState('')
  const event = events?.find(({ id }) => id === chosen) ?? nextEvent(events ?? [], nowMs)
  return (
    <section className="panel clock" aria-label="Event clock">
      <time className="clock-time" data-testid="event-clock" dateTime={event?.startAt}>
        {event ? eventClock(event.startAt, nowMs) : 'T –:––'}
      </time>
      <div className="clock-event">
        <NativeSelect
          size="xs"
          aria-label="Event of the clock"
          data-testid="clock-event"
          value={event?.id ?? ''}
          onChange={(change) => setChosen(change.currentTarget.value)}
          data={clockEvents(events ?? []).map(({ id, title, titleEn }) => ({ value: id, label: titleEn || title }))}
        />
        <span className="dim cut">
          {event
            ? `${event.status === 'live' ? '● live' : `○ ${event.status}`}, starts ${dayAndTime(event.startAt)}`
            : 'no event ahead'}
        </span>
      </div>
    </section>
  )
}
