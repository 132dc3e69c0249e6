import type { BreakerMode, BreakerState } from '@gala/contracts'
import { span } from '../../format/times.js'

/** Shape and word as well as colour, as on the health page. */
export const states: Record<BreakerState, { color: string; shape: string }> = {
  closed: { color: 'blue', shape: '●' },
  ramping: { color: 'teal', shape: '◐' },
  'half-open': { color: 'yellow', shape: '◆' },
  open: { color: 'orange', shape: '▲' },
}

export const modes: Record<BreakerMode, { label: string; done: string; means: string }> = {
  'forced-open': {
    label: 'Force open',
    done: 'forced open',
    means: 'No call is made to it, not even a probe. Answers come from another data centre or from copies, marked.',
  },
  'forced-closed': {
    label: 'Force closed',
    done: 'forced closed',
    means: 'Every call is made, however many fail or are slow: nothing spares it any more.',
  },
  observe: {
    label: 'Observe only',
    done: 'only observing',
    means: 'Calls are measured and every call is made. What the breaker would do is shown, and not done.',
  },
  auto: {
    label: 'Release',
    done: 'released',
    means: 'The orders end, and breakers decide by themselves again.',
  },
}

export const durations = [
  { value: '60000', label: '1 minute' },
  { value: '300000', label: '5 minutes' },
  { value: '900000', label: '15 minutes' },
  { value: '3600000', label: '1 hour' },
  { value: '14400000', label: '4 hours' },
  { value: '86400000', label: '24 hours' },
]

/** A moment ahead as a countdown. The second that has begun counts, so that it never says that nothing is left. */
export const inTime = (atMs: number, nowMs: number) => (atMs <= nowMs ? 'due now' : `in ${span(atMs - nowMs + 999)}`)

/** A data centre as operators name it; empty means all of them. */
export const scopeOf = (dc: string) => (dc === '' ? 'all data centres' : dc)
