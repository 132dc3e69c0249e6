import type { Proposal } from '@gala/contracts'
import { useState } from 'react'
import { useSession } from '../session.js'
import { useWhyNot } from './desk.js'
import { Dialog, hintId } from './dialog.js'
import { HoldButton } from './hold-button.js'
import { ReasonInput } from './reason-input.js'
import { proposalWords } from './switch-words.js'
import { useAct } from './use-act.js'

export type Verdict = 'confirm' | 'withdraw'

/** The second person's word on a proposal. */
export function VerdictDialog(props: { proposal: Proposal; verdict: Verdict; onClose: () => void }) {
  const { proposal, verdict, onClose } = props
  const { api } = useSession()
  const [reason, setReason] = useState('')
  const { busy, failure, act } = useAct(onClose)
  const cannot = useWhyNot()
  const hint = cannot ?? (reason.trim() === '' ? 'Give a reason first.' : undefined)
  const send = () =>
    act(async () => {
      const body = { verdict, reason: reason.trim() }
      const { data } = await api.switches.confirm({ params: { id: proposal.id }, body })
      const done = verdict === 'confirm' ? 'confirmed' : 'withdrawn'
      return { what: `${proposalWords(proposal)} ${done}`, position: data.position, proposal: null }
    })
  return (
    <Dialog
      title={`${verdict === 'confirm' ? 'Confirm' : 'Withdraw'}: ${proposalWords(proposal)}`}
      onClose={onClose}
      failure={failure}
      hint={hint}
    >
      <p className="plain">
        {proposal.actor} wants it: “{proposal.reason}”
      </p>
      <ReasonInput value={reason} onChange={setReason} />
      <HoldButton
        testId={`hold-${verdict}`}
        picked={verdict === 'confirm'}
        disabled={busy || hint !== undefined}
        describedBy={hintId}
        onHeld={() => void send()}
      >
        {verdict === 'confirm' ? '✓ Hold: confirm, it is done then' : '✕ Hold: withdraw, nothing is done'}
      </HoldButton>
    </Dialog>
  )
}
