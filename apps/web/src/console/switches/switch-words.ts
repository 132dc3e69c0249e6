import type { Criticality, Proposal, Rung, Switchboard, SwitchSource } from '@gala/contracts'
import { span } from '../../format/times.js'

/** A rung is told by shape, letter and word as well as by colour; `css` names its colour in switches.css. */
export const rungWords: Record<Rung, { shape: string; letter: string }> = {
  full: { shape: '●', letter: 'F' },
  cached: { shape: '◐', letter: 'C' },
  static: { shape: '■', letter: 'S' },
  omit: { shape: '✕', letter: 'O' },
}

export const sourceWords: Record<SwitchSource, string> = {
  manual: 'by hand',
  level: 'by level',
  automatic: 'by rule',
  default: 'untouched',
}

export const criticalityWords: Record<Criticality, string> = {
  'critical-plus': 'Critical-plus, cut at L4',
  critical: 'Critical, cut at L3',
  'sheddable-plus': 'Sheddable-plus, cut at L2',
  sheddable: 'Sheddable, cut at L1',
}

export const levelWords = [
  'normal',
  'cuts sheddable',
  'also sheddable-plus',
  'also critical',
  'only the static page and the video',
] as const

export const levelName = (level: number) => `L${level}`

/** How long an order holds; empty: until it is taken back. */
export const ttls = [
  { value: '', label: 'Until taken back' },
  { value: '60000', label: '1 minute' },
  { value: '300000', label: '5 minutes' },
  { value: '900000', label: '15 minutes' },
  { value: '3600000', label: '1 hour' },
  { value: '14400000', label: '4 hours' },
]

type Orders = Switchboard['switches'][number]['orders']
export type Order = Orders[number]

export const placeOf = (dc: string | null) => dc ?? 'every data centre'

/** Whom an order holds for, when it is not everybody: `25 % of viewers, clients below 2.1.0`. */
export function scopeWords({ percent, clientBelow }: Pick<Order, 'percent' | 'clientBelow'>): string {
  return [percent < 100 && `${percent} % of viewers`, clientBelow !== null && `clients below ${clientBelow}`]
    .filter(Boolean)
    .join(', ')
}

/** What is left of an order as `12:03 left`; the second that has begun counts. Empty when it does not end by itself. */
export function leftOf({ expiresAt }: { expiresAt: string | null }, nowMs: number): string {
  if (expiresAt === null) return ''
  const leftMs = Date.parse(expiresAt) - nowMs
  return leftMs <= 0 ? 'ending now' : `${span(leftMs + 999)} left`
}

/** `static for 25 % of viewers`, or what stands there when nobody has ordered anything. */
export function orderWords(order: Order | undefined): string {
  if (!order) return 'as level and rules say'
  const scope = scopeWords(order)
  return scope === '' ? order.state : `${order.state} for ${scope}`
}

/** What was proposed: `stats on omit in dc-b`. */
export const proposalWords = ({ act, key, to, dc }: Proposal) =>
  `${act === 'level' ? `level L${to.replace('L', '')}` : `${key} ${to === 'auto' ? 'given back' : `on ${to}`}`} in ${placeOf(dc)}`
