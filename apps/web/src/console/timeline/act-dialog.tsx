import type { Timeline } from '@gala/contracts'
import { type ReactNode, useState } from 'react'
import { ChangedPanel } from '../switches/changed-panel.js'
import { useWhyNot } from '../switches/desk.js'
import { Dialog, hintId } from '../switches/dialog.js'
import { HoldButton } from '../switches/hold-button.js'
import { ReasonInput } from '../switches/reason-input.js'
import { useAct } from '../switches/use-act.js'
import { useSeen } from './use-seen.js'

/** What every act on a timeline is sent with. */
export interface Given {
  reason: string
  expectedVersion: number
}

/** What dialogs on the timeline page are given. */
export interface ActProps {
  /** The newest there is. */
  timeline: Timeline
  /** Called with what was done, in words. */
  onDone: (said: string) => void
  /** Asks for the timeline again. */
  onRefresh: () => Promise<void>
  onClose: () => void
}

/** One act on a timeline: a look at what others have changed since it was opened, a reason, and a button to hold. */
export function ActDialog(
  props: ActProps & {
    title: string
    /** What stands on the button. */
    hold: string
    testId: string
    /** Why it cannot be held yet, besides what holds for every act. */
    flaw?: string | undefined
    wide?: boolean
    /** Returns what was done, in words. */
    send: (given: Given) => Promise<string>
    children?: ReactNode
  },
) {
  const { timeline, onDone, onRefresh, onClose, title, hold, testId, flaw, wide, send, children } = props
  const [reason, setReason] = useState('')
  const { busy, failure, act } = useAct(onClose)
  const { seen, meanwhile, again } = useSeen(timeline, busy)
  const cannot = useWhyNot()
  const hint =
    cannot ??
    (meanwhile ? 'Look at what has changed first.' : flaw) ??
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
    <Dialog title={title} onClose={onClose} failure={failure} hint={busy ? 'Under way…' : hint} {...(wide && { wide })}>
      {meanwhile && <ChangedPanel meanwhile={meanwhile} onAgain={again} />}
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
