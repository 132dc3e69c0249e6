import { useState } from 'react'
import { useSession } from '../session.js'
import type { Act } from './board-log.js'
import { type Outcome, useDesk, useServerNow, useWhyNot } from './desk.js'
import { Dialog, hintId } from './dialog.js'
import { HoldButton } from './hold-button.js'
import { ReasonInput } from './reason-input.js'
import { levelName, placeOf, scopeWords } from './switch-words.js'
import { actName, levelUndo, type UndoStep, undoSteps } from './undo.js'
import { useAct } from './use-act.js'

const stepWords = ({ state, dc, ...scope }: UndoStep) =>
  `${placeOf(dc)}: ${state === 'auto' ? 'as level and rules say' : state} ${scopeWords(scope)}`.trim()

/** Puts back what stood there before an act, on top of whatever stands there now. */
export function UndoDialog({ act: undone, onClose }: { act: Act; onClose: () => void }) {
  const [reason, setReason] = useState('undo')
  const { busy, failure, act } = useAct(onClose)
  const { steps, send } = useUndo(undone)
  const cannot = useWhyNot()
  const hint =
    cannot ?? (reason.trim() === '' ? 'Give a reason first.' : steps.length === 0 ? 'It is back already.' : undefined)
  return (
    <Dialog
      title={undone.of === 'switch' ? `Undo: ${undone.before.title}` : 'Undo: level'}
      onClose={onClose}
      failure={failure}
      hint={hint}
    >
      <ul className="plain">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ul>
      <ReasonInput value={reason} onChange={setReason} />
      <HoldButton
        testId="hold-undo"
        picked
        disabled={busy || hint !== undefined}
        describedBy={hintId}
        onHeld={() => void act(() => send(reason.trim()))}
      >
        ↶ Hold: put it back
      </HoldButton>
    </Dialog>
  )
}

/** The steps of an undo in words, and the means to take them against the newest revision. */
function useUndo(undone: Act): { steps: string[]; send: (reason: string) => Promise<Outcome | undefined> } {
  const { api } = useSession()
  const { log, markUndone } = useDesk()
  const nowMs = useServerNow()
  if (undone.of === 'level') {
    const step = levelUndo(undone.before, log.board.level.items)
    const expectedRev = log.board.level.rev
    return {
      steps: step ? [`${placeOf(step.dc)}: ${levelName(step.level)}`] : [],
      send: async (reason) => {
        if (!step) return undefined
        const { level, dc } = step
        const { data } = await api.switches.level({ body: { level, reason, expectedRev, ...(dc && { dc }) } })
        markUndone([actName(undone), actName({ of: 'level', rev: data.rev })])
        const what = `${levelName(level)} again in ${placeOf(dc)}`
        return { what, position: data.position, proposal: data.proposal }
      },
    }
  }
  const { key } = undone
  const now = log.board.switches.find((item) => item.key === key)
  const steps = undoSteps(undone.before.orders, now?.orders ?? [], nowMs)
  return {
    steps: steps.map(stepWords),
    send: async (reason) => {
      let expectedRev = now?.rev ?? 0
      let outcome: Outcome | undefined
      for (const { state, dc, percent, clientBelow, ttlMs } of steps) {
        const scope = { ...(dc && { dc }), ...(percent < 100 && { percent }), ...(clientBelow && { clientBelow }) }
        const body = { state, reason, expectedRev, scope, ...(ttlMs !== undefined && { ttlMs }) }
        const { data } = await api.switches.order({ params: { key }, body })
        expectedRev = data.rev
        outcome = { what: `${key} as it was before`, position: data.position, proposal: data.proposal }
        markUndone([actName({ of: 'switch', key, rev: data.rev })])
        // The next step would be ordered on top of something that has not happened yet.
        if (data.proposal) return outcome
      }
      markUndone([actName(undone)])
      return outcome
    },
  }
}
