import type { Span } from '@gala/contracts'

export interface SpanRow {
  span: Span
  /** How many spans it stands within. */
  depth: number
  /** It names a parent that is not here: kept by nobody, or not come yet. */
  orphan: boolean
}

/** Spans in the order of a waterfall: each followed by what was done within it, both by time. Every span stands there once. */
export function spanRows(spans: readonly Span[]): SpanRow[] {
  const byTime = spans.toSorted((a, b) => a.atUs - b.atUs || b.durationUs - a.durationUs)
  const ids = new Set(spans.map(({ span }) => span))
  const within = Map.groupBy(byTime, ({ parent }) => parent ?? '')
  const rows: SpanRow[] = []
  const placed = new Set<Span>()
  const place = (span: Span, depth: number, orphan: boolean) => {
    if (placed.has(span)) return
    placed.add(span)
    rows.push({ span, depth, orphan })
    for (const child of within.get(span.span) ?? []) place(child, depth + 1, false)
  }
  for (const span of byTime) {
    if (span.parent === null || !ids.has(span.parent)) place(span, 0, span.parent !== null)
  }
  // What is left stands within itself, which nobody should write, and nobody should miss.
  for (const span of byTime) place(span, 0, true)
  return rows
}

/** From the beginning of the first span to the end of the last, in microseconds; at least one. */
export const wholeUs = (spans: readonly Span[]): number =>
  Math.max(1, ...spans.map(({ atUs, durationUs }) => atUs + durationUs))

/** Where a span stands in the whole, in percent; so wide at least that it can be seen. */
export function barOf({ atUs, durationUs }: Pick<Span, 'atUs' | 'durationUs'>, allUs: number) {
  const width = Math.max(0.4, (durationUs / allUs) * 100)
  return { left: Math.min(Math.max(0, (atUs / allUs) * 100), 100 - width), width }
}

/** Microseconds as `870 µs`, `12.3 ms`, `1.54 s`. */
export function usWords(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`
  const [value, unit] = us < 1_000_000 ? [us / 1_000, 'ms'] : [us / 1_000_000, 's']
  return `${value.toLocaleString('en-US', { maximumSignificantDigits: 3, useGrouping: false })} ${unit}`
}

interface KeptLook {
  shape: string
  words: string
  tone: 'bad' | 'asks' | 'running' | 'quiet'
}
export const keptLooks: Record<string, KeptLook> = {
  error: { shape: '▲', words: 'failed', tone: 'bad' },
  slow: { shape: '◐', words: 'slow', tone: 'asks' },
  degraded: { shape: '◆', words: 'degraded', tone: 'asks' },
  forced: { shape: '●', words: 'recorded on demand', tone: 'running' },
  sampled: { shape: '○', words: 'sampled', tone: 'quiet' },
}
export const keptLook = (kept: string): KeptLook => keptLooks[kept] ?? { shape: '◌', words: kept, tone: 'quiet' }
