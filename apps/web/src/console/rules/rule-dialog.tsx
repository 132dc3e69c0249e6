import type { Rule, RuleMode } from '@gala/contracts'
import { useState } from 'react'
import { useSession } from '../session.js'
import { ChangedPanel } from '../switches/changed-panel.js'
import { useWhyNot } from '../switches/desk.js'
import { Dialog, hintId } from '../switches/dialog.js'
import { HoldButton } from '../switches/hold-button.js'
import { ReasonInput } from '../switches/reason-input.js'
import { useAct } from '../switches/use-act.js'
import { modeWords } from './rule-card.js'

export interface RuleWish {
  rule: Rule
  mode: RuleMode
}

/** Puts a rule into another mode. `now` is the rule as it is by now, `wish.rule` as it was when it was asked for. */
export function RuleDialog(props: { wish: RuleWish; now: Rule; onRefresh: () => Promise<void>; onClose: () => void }) {
  const { wish, now, onRefresh, onClose } = props
  const { api } = useSession()
  const [seen, setSeen] = useState(wish.rule)
  const [reason, setReason] = useState('')
  const { busy, failure, act } = useAct(onClose)
  const cannot = useWhyNot()
  const changed = !busy && now.rev !== seen.rev
  const hint =
    cannot ?? (changed ? 'Look at what has changed first.' : reason.trim() === '' ? 'Give a reason first.' : undefined)
  const { label, means } = modeWords[wish.mode]
  const send = () =>
    act(async () => {
      const body = { mode: wish.mode, reason: reason.trim(), expectedRev: seen.rev }
      try {
        await api.rules.set({ params: { id: seen.id }, body })
      } finally {
        await onRefresh()
      }
      return undefined
    })
  return (
    <Dialog title={`${label}: ${seen.title}`} onClose={onClose} failure={failure} hint={hint}>
      {changed && (
        <ChangedPanel
          meanwhile={{
            who: 'Somebody',
            at: '',
            reason: '',
            lines: [{ place: 'mode', from: modeWords[seen.mode].label, to: modeWords[now.mode].label }],
          }}
          onAgain={() => setSeen(now)}
        />
      )}
      <p className="plain">{means}</p>
      <ReasonInput value={reason} onChange={setReason} />
      <HoldButton
        testId="hold-rule"
        picked
        disabled={busy || hint !== undefined}
        describedBy={hintId}
        onHeld={() => void send()}
      >
        {modeWords[wish.mode].shape} Hold: {label}
      </HoldButton>
    </Dialog>
  )
}
