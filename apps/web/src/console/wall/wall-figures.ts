import type { Wall } from '@gala/contracts'

export type Pane = Wall['panes'][number]

/** Lines come to a pane within this time of their request. Milliseconds. */
const settledAfterMs = 15_000

/** The whole time shown, as far as nothing more is expected of it, span by span. */
export interface Spans {
  fromMs: number
  toMs: number
  /** Beginnings of spans. */
  atMs: readonly number[]
  /** Panes of a data centre in the order of `atMs`; `nothing`: nobody asked; undefined: not known yet. */
  byDc: ReadonlyMap<string, readonly (Pane | 'nothing' | undefined)[]>
}

/** Panes of `dcs`, with spans in which nothing was asked. A span that is still being counted would look like a fall, so it is left out. */
export function spansOf(wall: Wall, minutes: number, dcs: readonly string[]): Spans {
  const stepMs = wall.stepS * 1_000
  const asOfMs = Date.parse(wall.asOf)
  const wholeMs = Math.max(asOfMs - settledAfterMs, Math.min(...dcs.map((dc) => newestOf(wall, dc))))
  const toMs = Math.min(asOfMs, wholeMs) - (Math.min(asOfMs, wholeMs) % stepMs)
  const fromMs = asOfMs - minutes * 60_000
  const atMs: number[] = []
  for (let at = fromMs - (fromMs % stepMs) + stepMs; at + stepMs <= toMs; at += stepMs) atMs.push(at)
  const byDc = new Map(
    dcs.map((dc) => {
      const panes = new Map(wall.panes.filter((pane) => pane.dc === dc).map((pane) => [Date.parse(pane.at), pane]))
      const last = Math.max(...panes.keys())
      return [dc, atMs.map((at) => panes.get(at) ?? (at < last ? ('nothing' as const) : undefined))]
    }),
  )
  return { fromMs, toMs: asOfMs, atMs, byDc }
}

/** When the newest request was made that is counted. */
function newestOf(wall: Wall, dc: string): number {
  const behindS = wall.dcs.find((each) => each.dc === dc)?.behindS ?? null
  return behindS === null ? 0 : Date.parse(wall.asOf) - behindS * 1_000
}

/** One figure of a data centre. `none` is what it is when nobody asked. */
export function lineOf(
  { byDc }: Spans,
  dc: string,
  figure: (pane: Pane) => number | null,
  none: number | null,
): (number | null)[] {
  return (byDc.get(dc) ?? []).map((pane) => (pane === undefined ? null : pane === 'nothing' ? none : figure(pane)))
}

/** A count of all data centres together; where none of them is known it is not, either. */
export function sumLine({ atMs, byDc }: Spans, figure: (pane: Pane) => number): (number | null)[] {
  return atMs.map((_, i) => {
    const known = [...byDc.values()].map((panes) => panes[i]).filter((pane) => pane !== undefined)
    if (known.length === 0) return null
    return known.reduce((sum, pane) => sum + (pane === 'nothing' ? 0 : figure(pane)), 0)
  })
}

export const hitsOf = ({ edgeHits, accessHits }: Pick<Pane, 'edgeHits' | 'accessHits'>) => edgeHits + accessHits

/** A part in percent; null when there is no whole. */
export const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : (part / whole) * 100)

const counted = [
  'requests',
  'full',
  'degraded',
  'bad',
  'malformed',
  'edgeHits',
  'accessHits',
  'plays',
  'stalls',
] as const
type Totals = Record<(typeof counted)[number], number>

/** Sums of panes. */
export const totalsOf = (panes: readonly Pane[]): Totals =>
  Object.fromEntries(counted.map((name) => [name, panes.reduce((sum, pane) => sum + pane[name], 0)])) as Totals

/** The newest span that is known, of all data centres. */
export function newestSpan({ atMs, byDc }: Spans): Pane[] | undefined {
  const last = atMs.length - 1
  const known = [...byDc.values()].map((panes) => panes[last]).filter((pane) => pane !== undefined)
  return known.length === 0 ? undefined : known.filter((pane) => pane !== 'nothing')
}
