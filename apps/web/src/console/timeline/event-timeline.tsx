import type { Timeline, TimelineStep } from '@gala/contracts'
import { Alert, Button, Loader } from '@mantine/core'
import { useCallback, useState } from 'react'
import { secondOfDay } from '../../format/times.js'
import { Asked } from '../asked.js'
import { everyMs, useBoard } from '../jobs/use-board.js'
import { useSession } from '../session.js'
import { useCannot } from '../use-cannot.js'
import { usePolled } from '../use-polled.js'
import type { ActProps } from './act-dialog.js'
import { ClockHead } from './clock-head.js'
import { timelineHash } from './event-picker.js'
import { FocusPanel } from './focus-panel.js'
import { HoldDialog } from './hold-dialog.js'
import { MoveDialog } from './move-dialog.js'
import { ReadinessPanel } from './readiness-panel.js'
import { ReportSection } from './report-section.js'
import { Script } from './script.js'
import { type StepAct, StepDialog } from './step-dialog.js'
import { StepEditor } from './step-editor.js'
import { TemplateDialog } from './template-dialog.js'

type Wish =
  | { what: 'hold' }
  | { what: 'move' }
  | { what: 'template' }
  | { what: 'step'; step: TimelineStep; act: StepAct }

/** The timeline of one event: its script, the means to change it, or the report of it. */
export function EventTimeline({ id, section }: { id: string; section: string }) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.timeline.read({ params: { id } }, { signal })).data,
    [api, id],
  )
  const { value: timeline, atMs, failure, refresh } = usePolled(ask, everyMs)
  const cannot = useCannot(atMs)
  const [wish, setWish] = useState<Wish>()
  const [said, setSaid] = useState('')
  if (!timeline)
    return failure ? (
      <Alert color="orange" role="alert" title="The timeline cannot be read">
        {failure}
      </Alert>
    ) : (
      <Loader role="status" aria-label="Loading" />
    )
  const acts: ActProps = { timeline, onDone: setSaid, onRefresh: refresh, onClose: () => setWish(undefined) }
  return (
    <>
      <ClockHead
        timeline={timeline}
        cannot={cannot}
        onHold={() => setWish({ what: 'hold' })}
        onMove={() => setWish({ what: 'move' })}
      />
      <Notices timeline={timeline} cannot={cannot} failure={failure} />
      <div className="row sections">
        <Sections id={id} section={section} />
        <span className="spacer" />
        <span role="status" data-testid="said">
          {said && `✓ ${said}`}
        </span>
        <Asked atMs={atMs} everyS={everyMs / 1000} />
      </div>
      {section === 'report' ? (
        <ReportSection id={id} />
      ) : timeline.version === 0 ? (
        <NoTimeline cannot={cannot} onMake={() => setWish({ what: 'template' })} />
      ) : section === 'edit' ? (
        <StepEditor acts={acts} cannot={cannot} />
      ) : (
        <Desk timeline={timeline} cannot={cannot} onAct={(step, act) => setWish({ what: 'step', step, act })} />
      )}
      {wish && <WishDialog wish={wish} acts={acts} />}
    </>
  )
}

function WishDialog({ wish, acts }: { wish: Wish; acts: ActProps }) {
  switch (wish.what) {
    case 'hold':
      return <HoldDialog {...acts} />
    case 'move':
      return <MoveDialog {...acts} />
    case 'template':
      return <TemplateDialog {...acts} />
    case 'step':
      return <StepDialog {...acts} step={wish.step} act={wish.act} />
  }
}

const sections = [
  { section: '', label: 'Script' },
  { section: 'edit', label: 'Edit steps' },
  { section: 'report', label: 'Report' },
]

function Sections({ id, section: chosen }: { id: string; section: string }) {
  return (
    <nav className="tabs" aria-label="Parts of the timeline">
      {sections.map(({ section, label }) => (
        <a
          key={section}
          href={timelineHash(id, section)}
          aria-current={section === chosen ? 'page' : undefined}
          data-testid={`section-${section || 'script'}`}
        >
          {label}
        </a>
      ))}
    </nav>
  )
}

function Notices(props: { timeline: Timeline; cannot: string | undefined; failure: string | undefined }) {
  const { timeline, cannot, failure } = props
  const { held } = timeline
  return (
    <>
      {cannot && <p className="cannot">○ {cannot}</p>}
      {failure && (
        <Alert color="orange" role="alert" title="The timeline cannot be read at the moment">
          {failure}
        </Alert>
      )}
      {held && (
        <p className="held" role="alert" data-testid="held-line">
          <b>‖ Held</b> by {held.by} since {secondOfDay(held.at)}: “{held.reason}”. Nothing of it begins until somebody
          lets it go on.
        </p>
      )}
    </>
  )
}

function NoTimeline({ cannot, onMake }: { cannot: string | undefined; onMake: () => void }) {
  return (
    <section className="panel empty" aria-label="No timeline" data-testid="no-timeline">
      <p className="plain">
        <b>This event has no timeline.</b> Nothing is opened, warmed up, put on the air or closed by itself: all of it
        has to be done by hand.
      </p>
      <Button data-testid="make-timeline" disabled={cannot !== undefined} title={cannot} onClick={onMake}>
        Make one from a template…
      </Button>
    </section>
  )
}

function Desk(props: {
  timeline: Timeline
  cannot: string | undefined
  onAct: (step: TimelineStep, act: StepAct) => void
}) {
  const { event } = props.timeline
  const { value: board, failure } = useBoard(event.id)
  return (
    <div className="timeline-body">
      <Script {...props} />
      <div className="timeline-side">
        <FocusPanel board={board} failure={failure} />
        <ReadinessPanel event={event.id} />
      </div>
    </div>
  )
}
