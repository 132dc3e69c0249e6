import type { Wall } from '@gala/contracts'

export type Pane = Wall['panes'][number]

/** Lines come to a pane within this time of their request. Milliseconds. */
const settledAfterMs = 15_000
/** Had requests come this long without being counted, base would say that the figures come from the lake. Milliseconds. */
const quietAfterMs = 180_000

/** The whole time shown, as far as nothing more is expected of it, span by span. */
export interface Spans {
  fromMs: number
  toMs: number
  /** Beginnings of spans. */
  atMs: readonly number[]
  /**
   * Panes of a data centre in the order of `atMs`; `nothing`: nobody asked; undefined: not known yet. One of which nothing was
   * ever counted is not in it.
   */
  byDc: ReadonlyMap<string, readonly (Pane | 'nothing' | undefined)[]>
}

/** Panes of `dcs`, with spans in which nothing was asked. A span that is still being counted would look like a fall, so it is left out. */
export function spansOf(wall: Wall, minutes: number, dcs: readonly string[]): Spans {
  const stepMs = wall.stepS * 1_000
  const asOfMs = Date.parse(wall.asOf)
  const counted = dcs.filter((dc) => newestOf(wall, dc) !== undefined || wall.panes.some((pane) => pane.dc === dc))
  const slowestMs = Math.min(asOfMs, ...counted.map((dc) => newestOf(wall, dc) ?? 0))
  const wholeMs = Math.max(asOfMs - settledAfterMs, slowestMs)
  const fromMs = asOfMs - minutes * 60_000
  const atMs: number[] = []
  for (let at = fromMs - (fromMs % stepMs) + stepMs; at + stepMs <= wholeMs; at += stepMs) atMs.push(at)
  const byDc = new Map(
    counted.map((dc) => {
      const panes = new Map(wall.panes.filter((pane) => pane.dc === dc).map((pane) => [Date.parse(pane.at), pane]))
      const knownMs = Math.max(knownTo(wall, dc), ...panes.keys())
      return [dc, atMs.map((at) => panes.get(at) ?? (at + stepMs <= knownMs ? ('nothing' as const) : undefined))]
    }),
  )
  return { fromMs, toMs: asOfMs, atMs, byDc }
}

/** When the newest request was made that is counted. */
function newestOf(wall: Wall, dc: string): number | undefined {
  const behindS = wall.dcs.find((each) => each.dc === dc)?.behindS ?? null
  return behindS === null ? undefined : Date.parse(wall.asOf) - behindS * 1_000
}

/** Until when a span without a pane is one in which nobody asked. */
function knownTo(wall: Wall, dc: string): number {
  const newestMs = newestOf(wall, dc) ?? 0
  const streams = wall.dcs.some((each) => each.dc === dc && each.link === 'stream')
  return streams && Date.parse(wall.asOf) - newestMs > quietAfterMs ? Number.POSITIVE_INFINITY : newestMs
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

/** A count of all data centres together. Where one of them is not known yet the sum is not, either. */
export function sumLine({ atMs, byDc }: Spans, figure: (pane: Pane) => number): (number | null)[] {
  return atMs.map((_, i) => {
    const panes = [...byDc.values()].map((of) => of[i])
    if (panes.length === 0 || panes.includes(undefined)) return null
    return panes.reduce<number>((sum, pane) => sum + (pane === 'nothing' || !pane ? 0 : figure(pane)), 0)
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

/** The newest span: its panes, and the data centres it is not known of yet. Undefined: it is known of none. */
export function newestSpan({ atMs, byDc }: Spans): { panes: Pane[]; without: string[] } | undefined {
  const last = [...byDc].map(([dc, panes]) => [dc, panes[atMs.length - 1]] as const)
  const without = last.flatMap(([dc, pane]) => (pane === undefined ? [dc] : []))
  if (without.length === last.length) return undefined
  return { panes: last.flatMap(([, pane]) => (pane === undefined || pane === 'nothing' ? [] : [pane])), without }
}
