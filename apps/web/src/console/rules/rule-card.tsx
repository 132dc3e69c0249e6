import type { Rule, RuleMode } from '@gala/contracts'
import { Button } from '@mantine/core'
import { duration } from '../../format/amounts.js'
import { span } from '../../format/times.js'
import { useServerNow } from '../switches/desk.js'
import { rungWords } from '../switches/switch-words.js'

export const modeWords: Record<RuleMode, { label: string; shape: string; means: string }> = {
  on: { label: 'On', shape: '●', means: 'It raises and lowers switches by itself; orders by hand stand above it.' },
  'dry-run': { label: 'Dry run', shape: '◐', means: 'It only records what it would have done.' },
  off: { label: 'Off', shape: '○', means: 'It watches nothing. What it has raised is lowered.' },
}

/** One rule: its bounds, what it sees in each data centre, and the modes it can be put into. */
export function RuleCard(props: { rule: Rule; cannot: string | undefined; onWish: (mode: RuleMode) => void }) {
  const { rule, cannot, onWish } = props
  const raised = rule.now.some((of) => of.raised)
  return (
    <article
      className="panel rule"
      data-raised={raised || undefined}
      aria-label={rule.title}
      data-testid={`rule-${rule.id}`}
    >
      <div className="row">
        <h2>{rule.title}</h2>
        <span className="spacer" />
        <b data-testid={`mode-${rule.id}`}>
          {modeWords[rule.mode].shape} {modeWords[rule.mode].label}
        </b>
      </div>
      <p className="plain dim">
        {rule.id}: raises above {rule.raiseAbove} for {duration(rule.raiseAfterMs)}, lowers below {rule.lowerBelow} for{' '}
        {duration(rule.lowerAfterMs)}, stays {duration(rule.dwellMs)} at least. Watches {rule.signal}
        {rule.scope === 'fleet' && ', for all data centres at once'}.
      </p>
      <p className="plain">
        Raises{' '}
        {rule.raises.map(({ key, rung }) => (
          <span key={key} className="pill" data-rung={rung}>
            {key} {rungWords[rung].shape} {rung}
          </span>
        ))}
      </p>
      {rule.now.map((now) => (
        <Seen key={now.dc} rule={rule} now={now} />
      ))}
      <div className="row">
        {(Object.keys(modeWords) as RuleMode[])
          .filter((mode) => mode !== rule.mode)
          .map((mode) => (
            <Button
              key={mode}
              size="compact-sm"
              variant="default"
              data-testid={`rule-${rule.id}-${mode}`}
              aria-label={`${rule.title}: ${modeWords[mode].label}`}
              disabled={cannot !== undefined}
              title={cannot}
              onClick={() => onWish(mode)}
            >
              {modeWords[mode].shape} {modeWords[mode].label}…
            </Button>
          ))}
      </div>
    </article>
  )
}

function Seen({ rule, now }: { rule: Rule; now: Rule['now'][number] }) {
  const nowMs = useServerNow()
  const { dc, value, raised, since, flaps } = now
  const state = raised ? (rule.mode === 'dry-run' ? '▲ would raise' : '▲ raised') : '● quiet'
  return (
    <div className="seen">
      <span className="dim">{dc}</span>
      <b className={raised ? 'warned' : ''}>{state}</b>
      <span>
        sees {value === null ? '– (nobody can be asked)' : Math.round(value * 1000) / 1000}
        {since && `, for ${span(nowMs - Date.parse(since))}`}
        {flaps > 0 && <b className="warned">, ▲ {flaps} flaps in ten minutes</b>}
      </span>
    </div>
  )
}
