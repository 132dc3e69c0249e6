import type { Rung, SwitchItem } from '@gala/contracts'
import { hintId } from './dialog.js'
import { HoldButton } from './hold-button.js'
import { SavingText } from './saving-text.js'
import { savingOf } from './switch-figures.js'
import { rungWords } from './switch-words.js'

/** Every rung with what it costs viewers and what it saves; holding one of them is the act. */
export function FlipLadder(props: {
  item: SwitchItem
  picked: 'auto' | Rung
  disabled: boolean
  onHeld: (to: 'auto' | Rung) => void
}) {
  const { item, picked, disabled, onHeld } = props
  return (
    <ul className="ladder" aria-label="Rungs">
      {item.ladder.map((rung) => (
        <li key={rung}>
          <HoldButton
            testId={`hold-${rung}`}
            rung={rung}
            picked={rung === picked}
            disabled={disabled}
            describedBy={hintId}
            onHeld={() => onHeld(rung)}
          >
            {rungWords[rung].shape} Hold: {rung}
          </HoldButton>
          <span>
            {rung === 'full'
              ? 'Everything is there, whatever level and rules say.'
              : `Viewers lose: ${item.loses[rung]}.`}{' '}
            {rung !== 'full' && <SavingText saving={savingOf(item, rung)} />}
          </span>
        </li>
      ))}
      <li>
        <HoldButton
          testId="hold-auto"
          picked={picked === 'auto'}
          disabled={disabled || item.orders.length === 0}
          describedBy={hintId}
          onHeld={() => onHeld('auto')}
        >
          ↺ Hold: auto
        </HoldButton>
        <span>
          {item.orders.length === 0 ? 'Nothing is ordered.' : 'The order ends; level and rules decide again.'}
        </span>
      </li>
    </ul>
  )
}
