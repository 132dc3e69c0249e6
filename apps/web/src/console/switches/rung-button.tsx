import type { Rung, SwitchItem } from '@gala/contracts'
import { useWhyNot } from './desk.js'
import { rungWords } from './switch-words.js'

/** One rung of a ladder; pressing it asks for it, in a dialog. */
export function RungButton(props: { rung: Rung; item: SwitchItem; on: boolean; onPick: () => void }) {
  const { rung, item, on, onPick } = props
  const cannot = useWhyNot()
  const { shape, letter } = rungWords[rung]
  return (
    <button
      type="button"
      className="rung"
      data-rung={rung}
      data-on={on || undefined}
      data-testid={`flip-${item.key}-${rung}`}
      title={cannot ?? item.loses[rung] ?? rung}
      disabled={cannot !== undefined}
      onClick={onPick}
    >
      <span className="unseen">
        {item.title}: {rung}
        {on && ', in effect'}
      </span>
      <span aria-hidden>
        {shape} {letter}
      </span>
    </button>
  )
}
