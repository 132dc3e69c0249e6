import { approvalsNeeded, type Timeline, type TimelineStep } from '@gala/contracts'
import { Button } from '@mantine/core'
import { nearTime, secondOfDay } from '../../format/times.js'
import { RunProgress } from '../jobs/run-progress.js'
import { eventTimeShort } from '../jobs/time-words.js'
import { useSession } from '../session.js'
import type { StepAct } from './step-dialog.js'
import { movedSince, stepEnded, stepLook, stepMeans } from './step-look.js'

/** One step of the script: when, what, what has become of it, and what can be done to it. */
export function StepItem(props: {
  step: TimelineStep
  timeline: Timeline
  nowMs: number
  cannot: string | undefined
  onAct: (act: StepAct) => void
}) {
  const { step, timeline, nowMs, cannot, onAct } = props
  const { key, title, at, due, handler, slot } = step
  const { shape, word, tone, tells } = stepLook(step, timeline, nowMs)
  return (
    <li className="step" data-tone={tone} data-ended={stepEnded(step) || undefined} data-testid={`step-${key}`}>
      <div className="step-time">
        <b className="step-at">{eventTimeShort(at)}</b>
        <span className="dim">{nearTime(due, nowMs)}</span>
      </div>
      <span className="step-node" aria-hidden>
        {shape}
      </span>
      <div className="step-what">
        <b className="step-title">{title}</b>
        <span className="marks">
          <span className="dim">
            {key} · {handler}
          </span>
          <Marks step={step} />
        </span>
      </div>
      <div className="step-state" data-testid={`state-${key}`}>
        <b className="toned">
          <span aria-hidden>{shape}</span> {word}
        </b>{' '}
        <span>{tells}</span>
        {movedSince(step) && slot && <span className="dim"> at {secondOfDay(slot.at)}, before it was moved</span>}
        {slot?.manual && (
          <span className="dim">
            {' '}
            by {slot.manual.actor}: “{slot.manual.reason}”
          </span>
        )}
        {slot && <RunProgress slot={slot} label={title} />}
      </div>
      <Acts step={step} cannot={cannot} onAct={onAct} />
    </li>
  )
}

/** What is special about a step, and who has approved it. */
function Marks({ step: { irreversible, onFailure, approvals, approved } }: { step: TimelineStep }) {
  const names = approvals.map(({ actor, at }) => `${actor} ${secondOfDay(at)}`).join(', ')
  return (
    <>
      {onFailure === 'hold' && (
        <span className="tag" data-tone="quiet">
          ‖ holds on failure
        </span>
      )}
      {irreversible && (
        <span className="tag" data-tone={approved ? 'quiet' : 'asks'}>
          ◆ cannot be undone
        </span>
      )}
      {irreversible && (
        <span className={approved ? 'dim' : 'toned'}>
          {approvals.length} of {approvalsNeeded}
          {names && `: approved by ${names}`}
        </span>
      )}
    </>
  )
}

const labels: Record<StepAct, string> = { approve: '◆ Approve…', run: '▶ Run now…', skip: '↷ Skip…' }

function Acts(props: { step: TimelineStep; cannot: string | undefined; onAct: (act: StepAct) => void }) {
  const { step, cannot, onAct } = props
  const { subject } = useSession()
  const means = stepMeans(step, subject)
  if (stepEnded(step)) return <span className="step-acts" />
  const acts: StepAct[] = 'approve' in means ? ['approve', 'run', 'skip'] : ['run', 'skip']
  return (
    <span className="step-acts">
      {acts.map((act) => {
        const why = cannot ?? means[act]
        return (
          <Button
            key={act}
            size="compact-sm"
            {...(act === 'approve' ? {} : { variant: 'default' })}
            data-testid={`${act}-${step.key}`}
            aria-label={`${labels[act].slice(2, -1)}: ${step.title}`}
            disabled={why !== undefined}
            title={why}
            onClick={() => onAct(act)}
          >
            {labels[act]}
          </Button>
        )
      })}
    </span>
  )
}
