import { type ReactNode, useState } from 'react'
import { ChangedPanel } from './changed-panel.js'
import { useWhyNot } from './desk.js'
import { Dialog, hintId } from './dialog.js'
import { HoldButton } from './hold-button.js'
import { ReasonInput } from './reason-input.js'
import type { useAct } from './use-act.js'

/** What stands on it, and what holds before it can be held. */
export interface HeldActLook {
  title: string
  /** What stands on the button. */
  hold: string
  testId: string
  /** Why it cannot be held yet, besides what holds for every act. */
  flaw?: string | undefined
  wide?: boolean
  children?: ReactNode
}

/** One act on something that others may change meanwhile: a look at what they did, a reason, and a button to hold. */
export function HeldAct(
  props: HeldActLook & {
    acting: ReturnType<typeof useAct>
    /** What others have changed since it was opened; undefined: nothing. */
    meanwhile: Parameters<typeof ChangedPanel>[0]['meanwhile'] | undefined
    onAgain: () => void
    /** Returns what was done, in words. */
    send: (reason: string) => Promise<string>
    onDone: (said: string) => void
    /** Asks for it again. */
    onRefresh: () => Promise<void>
    onClose: () => void
  },
) {
  const { title, hold, testId, flaw, wide, children, acting, meanwhile, onAgain, send, onDone, onRefresh, onClose } =
    props
  const { busy, failure, act } = acting
  const [reason, setReason] = useState('')
  const cannot = useWhyNot()
  const hint =
    cannot ??
    (meanwhile ? 'Look at what has changed first.' : flaw) ??
    (reason.trim() === '' ? 'Give a reason first.' : undefined)
  const held = () =>
    act(async () => {
      try {
        onDone(await send(reason.trim()))
      } finally {
        await onRefresh()
      }
      return undefined
    })
  return (
    <Dialog title={title} onClose={onClose} failure={failure} hint={busy ? 'Under way…' : hint} {...(wide && { wide })}>
      {meanwhile && <ChangedPanel meanwhile={meanwhile} onAgain={onAgain} />}
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
