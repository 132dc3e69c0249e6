import type { Rung, SwitchItem } from '@gala/contracts'
import { Alert } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'
import { switchChanged } from './changed.js'
import { ChangedPanel } from './changed-panel.js'
import { useDesk, useWhyNot } from './desk.js'
import { Dialog } from './dialog.js'
import { FlipFields } from './flip-fields.js'
import { FlipLadder } from './flip-ladder.js'
import { ReasonInput } from './reason-input.js'
import { placeOf } from './switch-words.js'
import { useAct } from './use-act.js'
import { blankWish, flaw, orderBody, type Wish } from './wish.js'

/** What is to be flipped; `to` is the rung that was asked for, others can still be held instead. */
export interface Flip {
  item: SwitchItem
  to: 'auto' | Rung
}

/** Puts a switch on a rung: reason first, then the rung is held. Orders against the revision it was read at. */
export function FlipDialog({ flip, onClose }: { flip: Flip; onClose: () => void }) {
  const { api } = useSession()
  const { board } = useDesk().log
  const [seen, setSeen] = useState(flip.item)
  const [wish, setWish] = useState<Wish>(blankWish)
  const { busy, failure, act } = useAct(onClose)
  const { key } = seen
  const now = board.switches.find((item) => item.key === key) ?? seen
  const changed = !busy && now.rev !== seen.rev
  const cannot = useWhyNot()
  const hint = cannot ?? (changed ? 'Look at what has changed first.' : flaw(wish))
  const order = (state: 'auto' | Rung) =>
    act(async () => {
      const { data } = await api.switches.order({ params: { key }, body: orderBody(wish, state, seen.rev) })
      const what = `${key} ${state === 'auto' ? 'given back to level and rules' : `on ${state}`} in ${placeOf(wish.dc || null)}`
      return { what, position: data.position, proposal: data.proposal }
    })
  return (
    <Dialog title={`${seen.title} (${key})`} onClose={onClose} failure={failure} hint={hint}>
      {changed && <ChangedPanel meanwhile={switchChanged(seen, now)} onAgain={() => setSeen(now)} />}
      {seen.twoPersons && (
        <Alert color="yellow" p="xs">
          ◆ Two persons: what you order is a proposal until another operator confirms it.
        </Alert>
      )}
      <ReasonInput value={wish.reason} onChange={(reason) => setWish({ ...wish, reason })} />
      <FlipFields
        wish={wish}
        dcs={now.effective.map(({ dc }) => dc)}
        onChange={(over) => setWish((held) => ({ ...held, ...over }))}
      />
      <FlipLadder item={now} picked={flip.to} disabled={busy || hint !== undefined} onHeld={(to) => void order(to)} />
    </Dialog>
  )
}
