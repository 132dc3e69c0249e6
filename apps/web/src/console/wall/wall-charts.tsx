import type { Wall } from '@gala/contracts'
import { whole } from '../../format/amounts.js'
import { type Line, LineChart } from '../chart/line-chart.js'
import { hitsOf, lineOf, type Pane, shareOf, spansOf, sumLine } from './wall-figures.js'
import { few, msWords } from './wall-words.js'

const looks = ['one', 'two', 'three', 'four'] as const
const percents = (value: number) => `${few(value)} %`

/** The same figures over time: a line for each data centre where they cannot be added up. */
export function WallCharts(props: { wall: Wall; minutes: number; dcs: readonly string[]; all: readonly string[] }) {
  const { wall, minutes, dcs, all } = props
  const spans = spansOf(wall, minutes, dcs)
  // A data centre keeps its colour when it is looked at alone.
  const each = (figure: (pane: Pane) => number | null, none: number | null, name = '', dashed = false): Line[] =>
    dcs.map((dc) => ({
      name: name === '' ? dc : `${dc} ${name}`,
      look: looks[all.indexOf(dc) % looks.length] ?? 'one',
      dashed,
      values: lineOf(spans, dc, figure, none),
    }))
  const sum = (name: string, look: Line['look'], figure: (pane: Pane) => number, dashed = false): Line => ({
    ...{ name, look, dashed },
    values: sumLine(spans, figure),
  })
  const { fromMs, toMs, atMs } = spans
  const over = { fromMs, toMs, atMs }
  const per = `per ${wall.stepS} s`
  return (
    <section className="wall-charts" aria-label="Over time">
      <LineChart
        {...over}
        title="Requests/s"
        testId="chart-requests"
        format={few}
        lines={each(({ requests }) => requests / wall.stepS, 0)}
      />
      <LineChart
        {...over}
        title={`Not in full, ${per}`}
        format={whole}
        lines={[sum('▲ bad', 'bad', ({ bad }) => bad), sum('◐ degraded', 'less', (pane) => pane.degraded, true)]}
      />
      <LineChart
        {...over}
        title="Answered in"
        format={msWords}
        lines={[...each(({ p99Ms }) => p99Ms, null, 'p99'), ...each(({ p50Ms }) => p50Ms, null, 'p50', true)]}
      />
      <LineChart
        {...over}
        title="Answered from copies"
        end={100}
        format={percents}
        lines={each((pane) => shareOf(hitsOf(pane), pane.requests), null)}
      />
      <LineChart
        {...over}
        title={`Playback, ${per}`}
        format={whole}
        lines={[sum('● plays', 'three', ({ plays }) => plays), sum('▲ stalls', 'bad', ({ stalls }) => stalls, true)]}
      />
      <LineChart
        {...over}
        title="First picture after"
        format={msWords}
        lines={[
          ...each(({ joinP99Ms }) => joinP99Ms, null, 'p99'),
          ...each(({ joinP50Ms }) => joinP50Ms, null, 'p50', true),
        ]}
      />
    </section>
  )
}
