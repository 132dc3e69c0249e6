import { countOf, type Effective, torn } from './switch-figures.js'
import { rungWords, sourceWords } from './switch-words.js'

/** On which rung a data centre has a switch, how many of its processes say so, and by whose word. */
export function EffectiveChip({ effective, testId }: { effective: Effective; testId: string }) {
  const { dc, rung, source, partial } = effective
  return (
    <span className="chip" data-rung={rung} data-testid={testId}>
      <span className="chip-dc">{dc}</span>
      <b>
        <span aria-hidden>{rungWords[rung].shape}</span> {rung} {countOf(effective)}
      </b>
      <span className="chip-source">
        {torn(effective) && '▲ torn, '}
        {partial && 'partly, '}
        {sourceWords[source]}
      </span>
    </span>
  )
}
