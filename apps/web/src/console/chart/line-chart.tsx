import { useState } from 'react'
import { secondOfDay, timeOfDay } from '../../format/times.js'
import { axisEnd, linePath, nearest } from './scale.js'

/** Which colour a line has; `dashed` tells apart what shares one, and what colours alone would. */
export interface Line {
  name: string
  look: 'one' | 'two' | 'three' | 'four' | 'bad' | 'less'
  dashed?: boolean
  /** null: not known, or nothing to be measured. */
  values: readonly (number | null)[]
}

/**
 * Figures over time as lines from zero on, drawn by the browser's own means: sharp on paper and on a wall. What a pointer is at, or
 * else the newest, stands in numbers beside the names.
 */
export function LineChart(props: {
  title: string
  fromMs: number
  toMs: number
  atMs: readonly number[]
  lines: readonly Line[]
  format: (value: number) => string
  /** Where the axis ends at least. */
  end?: number
  testId?: string
}) {
  const { title, fromMs, toMs, atMs, lines, format, testId } = props
  const [pointed, setPointed] = useState<number>()
  const places = atMs.map((ms) => ((ms - fromMs) / Math.max(1, toMs - fromMs)) * 100)
  const end = props.end ?? axisEnd(Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))))
  const shown = pointed !== undefined && pointed < atMs.length ? pointed : undefined
  const valueAt = ({ values }: Line) => (shown === undefined ? newest(values) : (values[shown] ?? null))
  const words = (value: number | null) => (value === null ? '–' : format(value))
  return (
    <figure className="chart" data-testid={testId}>
      <figcaption className="chart-head">
        <span className="chart-title">{title}</span>
        {shown !== undefined && <span className="dim">{secondOfDay(iso(atMs[shown] ?? 0))}</span>}
        {lines.map((line) => (
          <span key={line.name} className="chart-key" data-look={line.look}>
            <svg viewBox="0 0 20 4" aria-hidden="true" data-dashed={line.dashed || undefined}>
              <path d="M1 2H19" />
            </svg>
            {line.name} <b>{words(valueAt(line))}</b>
          </span>
        ))}
      </figcaption>
      <div
        className="chart-plot"
        role="img"
        aria-label={`${title}, ${timeOfDay(iso(fromMs))} to ${timeOfDay(iso(toMs))}: ${lines.map((line) => summary(line, format)).join('; ')}`}
        onPointerMove={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect()
          setPointed(nearest(places, ((event.clientX - left) / width) * 100))
        }}
        onPointerLeave={() => setPointed(undefined)}
      >
        <span className="chart-end">{format(end)}</span>
        <span className="chart-half">{format(end / 2)}</span>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <path className="chart-grid" d="M0 0H100M0 50H100M0 100H100" />
          {shown !== undefined && <path className="chart-at" d={`M${places[shown]} 0V100`} />}
          {lines.map((line) => (
            <path
              key={line.name}
              className="chart-line"
              data-look={line.look}
              data-dashed={line.dashed || undefined}
              d={linePath(places, line.values, end)}
            />
          ))}
        </svg>
      </div>
      <div className="chart-times" aria-hidden>
        {[fromMs, (fromMs + toMs) / 2, toMs].map((ms) => (
          <span key={ms}>{timeOfDay(iso(ms))}</span>
        ))}
      </div>
    </figure>
  )
}

const iso = (ms: number) => new Date(ms).toISOString()
const newest = (values: Line['values']) => values.findLast((value) => value !== null) ?? null

function summary({ name, values }: Line, format: (value: number) => string): string {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return `${name} nothing known`
  return `${name} ${format(known.at(-1) ?? 0)} now, from ${format(Math.min(...known))} to ${format(Math.max(...known))}`
}
