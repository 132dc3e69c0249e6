import { approvalsNeeded, type TimelineStep } from '@gala/contracts'
import { secondOfDay } from '../../format/times.js'
import { eventTimeShort } from '../jobs/time-words.js'
import { useSession } from '../session.js'
import { ActDialog, type ActProps } from './act-dialog.js'
import { stepMeans } from './step-look.js'

export type StepAct = 'run' | 'skip' | 'approve'

const words: Record<StepAct, { title: string; hold: string; done: string; means: string }> = {
  run: {
    title: 'Run now',
    hold: '▶ Hold: run it now',
    done: 'begins now',
    means: 'It begins now instead of at its time.',
  },
  skip: { title: 'Skip', hold: '↷ Hold: skip it', done: 'is skipped', means: 'It is not run. What comes after it is.' },
  approve: {
    title: 'Approve',
    hold: '◆ Hold: approve it',
    done: 'is approved by you',
    means: `It cannot be undone once it has run. It is run at its time when ${approvalsNeeded} operators have approved it.`,
  },
}

/** Runs a step now, skips it, or approves it. */
export function StepDialog(props: ActProps & { step: TimelineStep; act: StepAct }) {
  const { step, act, timeline } = props
  const { api, subject } = useSession()
  const { title, hold, done, means } = words[act]
  const now = timeline.steps.find(({ key }) => key === step.key)
  const flaw = now ? stepMeans(now, subject)[act] : 'The step is not in the script any more.'
  return (
    <ActDialog
      {...props}
      title={`${title}: ${step.title}`}
      hold={hold}
      testId={`hold-${act}`}
      flaw={flaw}
      send={async (body) => {
        await api.timeline.step({ params: { id: timeline.event.id, step: step.key }, body: { act, ...body } })
        return `${step.title} ${done}`
      }}
    >
      <p className="plain">
        {means} Its time is <b>{eventTimeShort(step.at)}</b>, {secondOfDay(step.due)}.
      </p>
      <dl className="figures">
        <dt>Does</dt>
        <dd>{step.handler}</dd>
        <dt>With</dt>
        <dd>
          <code className="key">{JSON.stringify(step.params)}</code>
        </dd>
        {step.approvals.length > 0 && (
          <>
            <dt>Approved by</dt>
            <dd>{step.approvals.map(({ actor, at }) => `${actor} at ${secondOfDay(at)}`).join(', ')}</dd>
          </>
        )}
      </dl>
    </ActDialog>
  )
}
