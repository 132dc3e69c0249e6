import type { Traffic } from '@gala/contracts'
import { useMemo } from 'react'
import { duration, percent, whole } from '../../format/amounts.js'
import type { Sample } from '../switches/board-log.js'
import { Spark } from './spark.js'

interface Tile {
  name: string
  value: string
  /** It is not as it should be, and says so with a shape. */
  bad: boolean
  lines: (sample: Sample) => (number | null)[]
}

/** Where an operator should look: bounds of the promises of a healthy night. */
const p99BadMs = 500
const errorsBad = 0.01
const loopBadMs = 100
const headroomBad = 0.2

const ms = (value: number | null) => (value === null ? '–' : duration(value))
/** Two durations with one unit where that says as much: `1.8 · 41 ms`. */
function pair(low: number | null, high: number | null): string {
  if (low === null || high === null || high >= 1000) return `${ms(low)} · ${ms(high)}`
  return `${low.toFixed(low < 10 ? 1 : 0)} · ${Math.round(high)} ms`
}
const share = (value: number) => percent(value, 1)

const tilesOf = (now: Traffic): Tile[] => [
  { name: 'requests/s', value: whole(Math.round(now.perS)), bad: false, lines: ({ perS }) => [perS] },
  {
    name: 'p50, p99 ┄',
    value: pair(now.p50Ms, now.p99Ms),
    bad: (now.p99Ms ?? 0) > p99BadMs,
    lines: ({ p50Ms, p99Ms }) => [p50Ms, p99Ms],
  },
  {
    name: 'errors',
    value: `${(now.errorShare * 100).toFixed(2)} %`,
    bad: now.errorShare > errorsBad,
    lines: (of) => [of.errorShare],
  },
  { name: 'hit ratio', value: share(now.hitShare), bad: false, lines: ({ hitShare }) => [hitShare] },
  {
    name: 'loop delay',
    value: ms(now.loopDelayMs),
    bad: now.loopDelayMs > loopBadMs,
    lines: ({ loopDelayMs }) => [loopDelayMs],
  },
  { name: 'headroom', value: share(now.headroom), bad: now.headroom < headroomBad, lines: (of) => [of.headroom] },
]

/** What one data centre is doing, now and in the last three minutes. */
export function TrafficCard({ now, samples }: { now: Traffic; samples: readonly Sample[] }) {
  const silent = now.processes - now.answering
  return (
    <section className="panel traffic" aria-label={`Traffic of ${now.dc}`} data-testid={`traffic-${now.dc}`}>
      <div className="row">
        <h2>{now.dc}</h2>
        <span className={silent > 0 ? 'warned' : 'dim'}>
          {silent > 0 && '▲ '}
          {now.answering} of {now.processes} processes answer
        </span>
        <span className="spacer" />
        <span className="dim">degraded {share(now.degradedShare)}</span>
      </div>
      <div className="tiles">
        {tilesOf(now).map((tile) => (
          <TileBox key={tile.name} tile={tile} samples={samples} />
        ))}
      </div>
    </section>
  )
}

function TileBox({ tile: { name, value, bad, lines }, samples }: { tile: Tile; samples: readonly Sample[] }) {
  // `lines` is made anew with each board, as are the samples: nothing else draws.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const [atS, drawn] = useMemo(() => {
    const rows = samples.map(lines)
    return [samples.map((sample) => sample.atS), (rows.at(-1) ?? []).map((_, i) => rows.map((row) => row[i] ?? null))]
  }, [samples])
  return (
    <div className="tile" data-bad={bad || undefined}>
      <span className="dim">{name}</span>
      <b>
        {bad && '▲ '}
        {value}
      </b>
      <Spark label={`${name} of the last minutes`} atS={atS} lines={drawn} />
    </div>
  )
}
