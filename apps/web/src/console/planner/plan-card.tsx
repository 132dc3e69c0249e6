import type { Plan } from '@gala/contracts'
import { Button } from '@mantine/core'
import { percent } from '../../format/amounts.js'
import { Amounts } from '../switches/amounts.js'
import { rungWords } from '../switches/switch-words.js'

/** One set of switches: what it saves and what viewers lose. */
export function PlanCard(props: { plan: Plan; place: number; cannot: string | undefined; onPut: () => void }) {
  const { plan, place, cannot, onPut } = props
  return (
    <article className="panel" aria-label={`Set ${place}`} data-testid={`plan-${place}`}>
      <div className="row">
        <h2>
          {place}. saves {percent(plan.share, 1)}
        </h2>
        <span className="dim">pain {plan.pain}</span>
        <span className="spacer" />
        <Button
          size="compact-sm"
          data-testid={`put-${place}`}
          disabled={cannot !== undefined}
          title={cannot}
          onClick={onPut}
        >
          Put set {place}…
        </Button>
      </div>
      <p className="plain">
        {plan.set.map(({ key, rung }) => (
          <span key={key} className="pill" data-rung={rung}>
            {key} {rungWords[rung].shape} {rung}
          </span>
        ))}
      </p>
      <div className="preview-columns">
        <div>
          <h3>Viewers lose</h3>
          <ul className="plain">
            {plan.loses.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
        <div>
          <h3>Of 1,000 requests</h3>
          <Amounts of={plan.predicted} />
        </div>
      </div>
    </article>
  )
}
