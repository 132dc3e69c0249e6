import { useState } from 'react'
import { useDesk } from '../switches/desk.js'
import { type Flip, FlipDialog } from '../switches/flip-dialog.js'
import { grouped } from '../switches/switch-figures.js'
import { criticalityWords } from '../switches/switch-words.js'
import { SwitchRow } from './switch-row.js'

/** Every switch, the least important ones first. */
export function SwitchList() {
  const { board } = useDesk().log
  const [flip, setFlip] = useState<Flip>()
  return (
    <section className="panel switches" aria-label="Switches" data-testid="switches">
      <p className="legend">Saves: processor time of 1,000 requests · now: of all requests</p>
      {grouped(board.switches).map(({ criticality, items }) => (
        <section key={criticality} aria-label={criticalityWords[criticality]}>
          <h2>{criticalityWords[criticality]}</h2>
          {items.map((item) => (
            <SwitchRow key={item.key} item={item} traffic={board.traffic} onFlip={setFlip} />
          ))}
        </section>
      ))}
      {flip && <FlipDialog key={flip.item.key} flip={flip} onClose={() => setFlip(undefined)} />}
    </section>
  )
}
