import type { Timeline } from '@gala/contracts'
import { Button } from '@mantine/core'
import { dayAndTime, secondOfDay, span, zoneName } from '../../format/times.js'
import { missionClock } from '../jobs/time-words.js'
import { useServerNow } from '../switches/desk.js'
import { statusWords } from './event-order.js'

/** The clock of the event, what the event is at, and what can be done to the script as a whole. */
export function ClockHead(props: {
  timeline: Timeline
  cannot: string | undefined
  onHold: () => void
  onMove: () => void
}) {
  const { timeline, cannot, onHold, onMove } = props
  const { event, held, version } = timeline
  const nowMs = useServerNow()
  const before = Date.parse(event.startAt) > nowMs
  return (
    <section className="panel mission" aria-label="Event clock" data-held={held !== null || undefined}>
      <time
        className="mission-clock"
        role="timer"
        data-testid="mission-clock"
        dateTime={event.startAt}
        data-before={before || undefined}
      >
        {missionClock(event.startAt, nowMs)}
      </time>
      <div className="mission-event">
        <h1 lang="zh">{event.title}</h1>
        <p className="dim">{event.titleEn}</p>
        <p className="tags">
          <b className="tag" data-tone={event.status === 'live' ? 'good' : 'quiet'} data-testid="timeline-status">
            {statusWords(event.status)}
          </b>
          <span className="tag" data-tone={event.room === 'open' ? 'good' : 'quiet'} data-testid="timeline-room">
            {event.room === 'open' ? '● room open' : '○ room closed'}
          </span>
          {version > 0 && (
            <>
              <span className="tag" data-tone={held ? 'asks' : 'running'} data-testid="timeline-held">
                {held ? '‖ held' : '▶ going on'}
              </span>
              <span className="tag" data-tone="quiet">
                version <span data-testid="timeline-version">{version}</span>
                {timeline.template && `, from ${timeline.template}`}
              </span>
            </>
          )}
        </p>
      </div>
      <dl className="figures mission-times">
        <dt>Now</dt>
        <dd>
          {secondOfDay(new Date(nowMs).toISOString())} {zoneName()}
        </dd>
        <dt>Start</dt>
        <dd>{dayAndTime(event.startAt)}</dd>
        <dt>End</dt>
        <dd>
          {dayAndTime(event.endAt)} ({span(Date.parse(event.endAt) - Date.parse(event.startAt))})
        </dd>
      </dl>
      {version > 0 && (
        <div className="mission-acts">
          <Button
            {...(held ? {} : { variant: 'default' })}
            data-testid="hold-timeline"
            disabled={cannot !== undefined}
            title={cannot}
            onClick={onHold}
          >
            {held ? '▶ Go on…' : '‖ Hold…'}
          </Button>
          <Button
            variant="default"
            data-testid="move-start"
            disabled={cannot !== undefined}
            title={cannot}
            onClick={onMove}
          >
            ⇢ Move start…
          </Button>
        </div>
      )}
    </section>
  )
}
