import type { JobItem } from '@gala/contracts'
import { type ReactNode, useState } from 'react'
import { ChangedPanel } from '../switches/changed-panel.js'
import { useWhyNot } from '../switches/desk.js'
import { Dialog, hintId } from '../switches/dialog.js'
import { HoldButton } from '../switches/hold-button.js'
import { ReasonInput } from '../switches/reason-input.js'
import { useAct } from '../switches/use-act.js'
import { jobChanged } from './job-changed.js'

/** What dialogs about a job are given. */
export interface JobActProps {
  /** The newest there is. */
  job: JobItem
  onDone: (said: string) => void
  onRefresh: () => Promise<void>
  onClose: () => void
}

/** One act on a job: reason first, then a button to hold. Somebody else's change has to be looked at before. */
export function JobAct(
  props: JobActProps & {
    title: string
    hold: string
    testId: string
    flaw?: string | undefined
    /** Returns what was done, in words. */
    send: (given: { reason: string; expectedVersion: number }) => Promise<string>
    children?: ReactNode
  },
) {
  const { job, onDone, onRefresh, onClose, title, hold, testId, flaw, send, children } = props
  const [seen, setSeen] = useState(job)
  const [reason, setReason] = useState('')
  const { busy, failure, act } = useAct(onClose)
  const cannot = useWhyNot()
  const changed = !busy && job.version !== seen.version
  const hint =
    cannot ??
    (changed ? 'Look at what has changed first.' : flaw) ??
    (reason.trim() === '' ? 'Give a reason first.' : undefined)
  const held = () =>
    act(async () => {
      try {
        onDone(await send({ reason: reason.trim(), expectedVersion: seen.version }))
      } finally {
        await onRefresh()
      }
      return undefined
    })
  return (
    <Dialog title={title} onClose={onClose} failure={failure} hint={busy ? 'Under way…' : hint}>
      {changed && <ChangedPanel meanwhile={jobChanged(seen, job)} onAgain={() => setSeen(job)} />}
      {children}
      <ReasonInput value={reason} onChange={setReason} />
      <HoldButton
        testId={testId}
        picked
        disabled={busy || hint !== undefined}
        describedBy={hintId}
        onHeld={() => void held()}
      >
        {hold}
      </HoldButton>
    </Dialog>
  )
}
