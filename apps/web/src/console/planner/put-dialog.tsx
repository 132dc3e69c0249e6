import type { Plan } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { useState } from 'react'
import { useSession } from '../session.js'
import { useDesk, useWhyNot } from '../switches/desk.js'
import { Dialog, hintId } from '../switches/dialog.js'
import { FlipFields } from '../switches/flip-fields.js'
import { HoldButton } from '../switches/hold-button.js'
import { ReasonInput } from '../switches/reason-input.js'
import { placeOf, rungWords } from '../switches/switch-words.js'
import { blankWish, flaw, orderBody } from '../switches/wish.js'

type Done = { key: string; word: string; bad: boolean }

/** Puts a whole set, one switch after the other, each against the revision the dialog was opened at. */
export function PutDialog({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const { api } = useSession()
  const desk = useDesk()
  const [seen, setSeen] = useState(desk.log.board)
  const [wish, setWish] = useState(blankWish)
  const [busy, setBusy] = useState(false)
  const [done, setDone] = useState<readonly Done[]>([])
  const cannot = useWhyNot()
  const hint = cannot ?? flaw(wish)
  const put = async () => {
    setBusy(true)
    setDone([])
    for (const { key, rung } of plan.set) {
      const rev = seen.switches.find((item) => item.key === key)?.rev ?? 0
      try {
        const { data } = await api.switches.order({ params: { key }, body: orderBody(wish, rung, rev) })
        const { position, proposal } = data
        setDone((held) => [...held, { key, word: proposal ? '◆ proposed' : '✓ done', bad: false }])
        desk.tell({ what: `${key} on ${rung} in ${placeOf(wish.dc || null)}`, position, proposal })
      } catch (error) {
        const word = error instanceof GalaError ? error.message : String(error)
        setDone((held) => [...held, { key, word: `▲ ${word}`, bad: true }])
      }
    }
    // Whoever holds again has seen what stands there now.
    setSeen((await desk.refresh()) ?? seen)
    setBusy(false)
  }
  return (
    <Dialog title={`Put ${plan.set.length} switches`} onClose={onClose} failure={undefined} hint={hint}>
      <ReasonInput value={wish.reason} onChange={(reason) => setWish({ ...wish, reason })} />
      <FlipFields
        wish={wish}
        dcs={seen.level.items.map(({ dc }) => dc)}
        onChange={(over) => setWish((held) => ({ ...held, ...over }))}
      />
      <ul className="plain" role="status">
        {plan.set.map(({ key, rung }) => {
          const of = done.find((one) => one.key === key)
          return (
            <li key={key}>
              <span className="pill" data-rung={rung}>
                {key} {rungWords[rung].shape} {rung}
              </span>{' '}
              {of && <span className={of.bad ? 'warned' : ''}>{of.word}</span>}
            </li>
          )
        })}
      </ul>
      <HoldButton
        testId="hold-put"
        picked
        disabled={busy || hint !== undefined}
        describedBy={hintId}
        onHeld={() => void put()}
      >
        ▼ Hold: put all {plan.set.length}
      </HoldButton>
    </Dialog>
  )
}
