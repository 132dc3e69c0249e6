import type { Timeline, TimelineStep } from '@gala/contracts'
import { Button } from '@mantine/core'
import { Fragment, useRef } from 'react'
import { secondOfDay } from '../../format/times.js'
import { awayWords, eventTimeShort, missionClock } from '../jobs/time-words.js'
import { useServerNow } from '../switches/desk.js'
import type { StepAct } from './step-dialog.js'
import { StepItem } from './step-item.js'
import { inOrder, nowAmong, stepEnded, stepLook } from './step-look.js'

/** The script in the order it is played, with the line of now among its steps. */
export function Script(props: {
  timeline: Timeline
  cannot: string | undefined
  onAct: (step: TimelineStep, act: StepAct) => void
}) {
  const { timeline, cannot, onAct } = props
  const nowMs = useServerNow()
  const steps = inOrder(timeline.steps)
  const { after, share } = nowAmong(steps, nowMs)
  const line = useRef<HTMLLIElement>(null)
  const done = steps.filter(stepEnded).length
  const nowLine = (
    <li className="now-line" ref={line} data-testid="now-line">
      <b>
        now {secondOfDay(new Date(nowMs).toISOString())} · {missionClock(timeline.event.startAt, nowMs)}
      </b>
      <Until step={steps[after]} nowMs={nowMs} share={share} />
    </li>
  )
  return (
    <section className="panel script" aria-label="Script" data-testid="script">
      <div className="row">
        <h2>
          Script: {done} of {steps.length} steps are done with
        </h2>
        <span className="spacer" />
        <Button size="compact-xs" variant="subtle" onClick={() => line.current?.scrollIntoView({ block: 'center' })}>
          Go to now
        </Button>
      </div>
      <Track timeline={timeline} steps={steps} nowMs={nowMs} />
      <ol className="steps-list">
        {steps.map((step, i) => (
          <Fragment key={step.key}>
            {i === after && nowLine}
            <StepItem step={step} timeline={timeline} nowMs={nowMs} cannot={cannot} onAct={(act) => onAct(step, act)} />
          </Fragment>
        ))}
        {after === steps.length && nowLine}
      </ol>
    </section>
  )
}

function Until({ step, nowMs, share }: { step: TimelineStep | undefined; nowMs: number; share: number }) {
  if (!step) return <span className="now-next">all times have passed</span>
  return (
    <span className="now-next">
      <span className="now-share" aria-hidden>
        <span style={{ transform: `scaleX(${share})` }} />
      </span>
      next {awayWords(Date.parse(step.due), nowMs)}: {step.title}
    </span>
  )
}

/** The whole script at a glance: a station a step, and how far the evening has come. The list below says the same in words. */
function Track({ timeline, steps, nowMs }: { timeline: Timeline; steps: readonly TimelineStep[]; nowMs: number }) {
  const { after, share } = nowAmong(steps, nowMs)
  // A station stands in the middle of its share of the width.
  const place = Math.min(1, Math.max(0, (after - 0.5 + share) / steps.length))
  return (
    <div className="track" aria-hidden data-many={steps.length > 16 || undefined}>
      <span className="track-done" style={{ width: `${place * 100}%` }} />
      <span className="track-now" style={{ left: `${place * 100}%` }} />
      {steps.map((step) => {
        const { shape, tone } = stepLook(step, timeline, nowMs)
        return (
          <span key={step.key} className="station" data-tone={tone} title={`${step.title}, ${secondOfDay(step.due)}`}>
            <span className="step-node">{shape}</span>
            <span className="station-at">{eventTimeShort(step.at)}</span>
          </span>
        )
      })}
    </div>
  )
}
