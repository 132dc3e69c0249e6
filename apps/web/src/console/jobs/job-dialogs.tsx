import type { Slot } from '@gala/contracts'
import { Group, TextInput } from '@mantine/core'
import { useState } from 'react'
import { dayAndTime, localField, momentOf, zoneName } from '../../format/times.js'
import { useSession } from '../session.js'
import { useServerNow } from '../switches/desk.js'
import { JobAct, type JobActProps } from './job-act.js'
import type { slotActs } from './slot-words.js'

export type SlotAct = ReturnType<typeof slotActs>[number]

export function RunDialog(props: JobActProps) {
  const { job } = props
  const { api } = useSession()
  const [dc, setDc] = useState('')
  const each = job.policy.scope === 'dc'
  return (
    <JobAct
      {...props}
      title={`Run now: ${job.title}`}
      hold="▶ Hold: run it now"
      testId="hold-run"
      send={async ({ reason }) => {
        const body = { reason, ...(each && dc.trim() !== '' && { dc: dc.trim() }) }
        const { slots } = (await api.jobs.run({ params: { id: job.id }, body })).data
        return `${slots.length === 1 ? 'a slot is' : `${slots.length} slots are`} due now`
      }}
    >
      <p className="plain">A slot is added that is due now. Those of its schedule stay as they are.</p>
      {each && (
        <TextInput
          label="Data centre"
          placeholder="every one"
          autoComplete="off"
          value={dc}
          onChange={(event) => setDc(event.currentTarget.value)}
        />
      )}
    </JobAct>
  )
}

export function PauseDialog(props: JobActProps) {
  const { job } = props
  const { api } = useSession()
  const paused = job.paused === null
  return (
    <JobAct
      {...props}
      title={paused ? `Pause: ${job.title}` : `Go on: ${job.title}`}
      hold={paused ? '‖ Hold: pause it' : '▶ Hold: let it go on'}
      testId="hold-pause"
      send={async (given) => {
        await api.jobs.pause({ params: { id: job.id }, body: { paused, ...given } })
        return paused ? 'it is paused' : 'it goes on'
      }}
    >
      <p className="plain">
        {paused
          ? 'Slots that fall due meanwhile are skipped. One that runs is run to its end.'
          : 'It is run at its next time. What was skipped meanwhile is not made up for; backfill does that.'}
      </p>
    </JobAct>
  )
}

export function RemoveDialog(props: JobActProps) {
  const { job } = props
  const { api } = useSession()
  const removed = !job.removed
  return (
    <JobAct
      {...props}
      title={removed ? `Remove: ${job.title}` : `Bring back: ${job.title}`}
      hold={removed ? '✕ Hold: remove it' : '↶ Hold: bring it back'}
      testId="hold-remove"
      send={async (given) => {
        await api.jobs.save({ params: { id: job.id }, body: { removed, ...given } })
        return removed ? 'it is removed' : 'it is back'
      }}
    >
      <p className="plain">
        {removed ? 'It is planned no more. Its history stays, and it can be brought back.' : 'It is planned again.'}
      </p>
    </JobAct>
  )
}

/** Beyond this a backfill is more likely a slip of the finger. */
const hourMs = 3_600_000

export function BackfillDialog(props: JobActProps) {
  const { job } = props
  const { api } = useSession()
  const nowMs = useServerNow()
  const [from, setFrom] = useState(() => localField(new Date(nowMs - hourMs).toISOString()))
  const [to, setTo] = useState(() => localField(new Date(nowMs).toISOString()))
  const [fromAt, toAt] = [momentOf(from), momentOf(to)]
  const flaw =
    !fromAt || !toAt || fromAt >= toAt
      ? 'It goes from a moment to a later one.'
      : Date.parse(toAt) > nowMs + 1_000
        ? 'Only past times can be made up for.'
        : undefined
  const field = (label: string, value: string, set: (value: string) => void) => (
    <TextInput
      type="datetime-local"
      step={1}
      label={`${label} (your time, ${zoneName()})`}
      data-testid={`backfill-${label.toLowerCase()}`}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
    />
  )
  return (
    <JobAct
      {...props}
      title={`Backfill: ${job.title}`}
      hold="↺ Hold: make up for it"
      testId="hold-backfill"
      flaw={flaw}
      send={async ({ reason }) => {
        const body = { from: fromAt ?? '', to: toAt ?? '', reason }
        const { added } = (await api.jobs.backfill({ params: { id: job.id }, body })).data
        return `${added} slots are added`
      }}
    >
      <p className="plain">
        Adds the slots of that time which are not in the history, or were skipped. The oldest is run first.
      </p>
      <Group gap="sm">
        {field('From', from, setFrom)}
        {field('To', to, setTo)}
      </Group>
    </JobAct>
  )
}

const actWords: Record<SlotAct, { title: string; hold: string; means: string; done: string }> = {
  run: {
    title: 'Run now',
    hold: '▶ Hold: run it now',
    means: 'It begins now instead of at its time.',
    done: 'is due now',
  },
  skip: { title: 'Skip', hold: '↷ Hold: skip it', means: 'It is not run.', done: 'is skipped' },
  cancel: {
    title: 'End',
    hold: '✕ Hold: end it',
    means: 'The run is ended; what it has done stays done.',
    done: 'is ended',
  },
}

export function SlotDialog(props: JobActProps & { slot: Slot; act: SlotAct }) {
  const { job, slot, act } = props
  const { api } = useSession()
  const { title, hold, means, done } = actWords[act]
  return (
    <JobAct
      {...props}
      title={`${title}: ${job.title}, ${dayAndTime(slot.at)}`}
      hold={hold}
      testId={`hold-slot-${act}`}
      send={async ({ reason }) => {
        const { at, dc, shard } = slot
        await api.jobs.act({ params: { id: job.id }, body: { at, shard, act, reason, ...(dc && { dc }) } })
        return `the slot of ${dayAndTime(at)} ${done}`
      }}
    >
      <p className="plain">{means}</p>
    </JobAct>
  )
}
