import type { ChangeBus } from '@gala/bus'
import { breakerHintSchema, breakerStates, parseStored } from '@gala/contracts'
import { type BreakerId, Breakers } from '@gala/resilience'
import { Counter, Gauge } from 'prom-client'
import type { AppContext } from './context.js'
import { collected } from './metrics.js'

/** Key of the messages by which processes of a data centre tell each other what their breakers have seen. */
const hintKey = 'breaker'

/** The breakers of an app: told of in `/resiliencez`, metrics and log; what one process sees, the others of its DC hear of. */
export function openBreakers(context: AppContext, bus: ChangeBus): Breakers {
  const { clock, log, metrics } = context
  const labelNames = ['name', 'target_dc', 'target'] as const
  const labelsOf = ({ name, dc, target }: BreakerId) => ({ name, target_dc: dc, target })
  const trips = new Counter({
    name: 'gala_breaker_trips_total',
    help: 'Times a breaker opened',
    labelNames: [...labelNames],
    registers: [metrics],
  })
  const hintsLost = new Counter({
    name: 'gala_breaker_hints_lost_total',
    help: 'Hints to other processes that could not be sent',
    registers: [metrics],
  })
  const tell = (id: BreakerId, recovered: boolean) =>
    bus.push({ key: hintKey, raw: JSON.stringify({ ...id, recovered }) }).catch(() => hintsLost.inc())
  const breakers = new Breakers({
    clock,
    onTransition: (id, { from, to, reason }) => {
      if (to === 'open') trips.inc(labelsOf(id))
      // Not every probe that failed: an outage is one line when it begins, and one when it is over.
      if (from === 'closed') log.warn({ ...id, reason }, 'a breaker opened')
      if (to === 'closed') log.info({ ...id }, 'a breaker closed')
      if (from === 'closed' || (from === 'half-open' && to !== 'open')) void tell(id, to !== 'open')
    },
  })
  bus.onPush(({ key, raw }) => {
    const hint = key === hintKey ? parseStored(breakerHintSchema, raw) : undefined
    if (hint) breakers.hint(hint)
  })
  context.reports.breakers = () => breakers.report()
  new Gauge({
    name: 'gala_breaker_state',
    help: '1 for the state a breaker is in',
    labelNames: [...labelNames, 'state'],
    registers: [metrics],
    collect() {
      for (const { state, ...id } of breakers.report())
        for (const each of breakerStates) this.set({ ...labelsOf(id), state: each }, each === state ? 1 : 0)
    },
  })
  const calls = 'What became of calls through a breaker'
  collected(metrics, 'gala_breaker_calls_total', calls, [...labelNames, 'outcome'], function* () {
    for (const { totals, ...id } of breakers.report())
      for (const [outcome, value] of Object.entries(totals)) yield [{ ...labelsOf(id), outcome }, value]
  })
  return breakers
}
