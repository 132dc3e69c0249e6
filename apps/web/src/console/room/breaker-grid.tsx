import { Anchor } from '@mantine/core'
import { useMemo } from 'react'
import { figuresOf } from '../breakers/breaker-figures.js'
import { states } from '../breakers/breaker-words.js'
import { useBreakers } from '../breakers/use-breakers.js'

/** Breakers by data centre and dependency, each as the worst any process sees it. */
export function BreakerGrid() {
  const { now, failure } = useBreakers(undefined)
  const byDc = useMemo(() => (now ? figuresOf(now.items, now.processes) : undefined), [now])
  return (
    <section className="panel" aria-label="Breakers" data-testid="breaker-grid">
      <div className="row">
        <h2>Breakers</h2>
        {failure && <span className="warned cut">▲ {failure}</span>}
        <span className="spacer" />
        <Anchor href="#breakers" size="sm" underline="always">
          All about them
        </Anchor>
      </div>
      {[...(byDc ?? [])].map(([dc, all]) => (
        <div key={dc} className="breaker-line">
          <span className="dim">{dc}</span>
          {all.map(({ item: { name, state, open, total, order } }) => (
            <span key={name} className="breaker-cell" data-state={state} title={`${open} of ${total} open`}>
              <span aria-hidden>{states[state].shape}</span> {name} {state !== 'closed' && <b>{state}</b>}
              {order && ' ■ ordered'}
            </span>
          ))}
        </div>
      ))}
    </section>
  )
}
