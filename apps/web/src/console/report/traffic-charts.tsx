import type { EventTraffic } from '@gala/contracts'
import { whole } from '../../format/amounts.js'
import { lengthWords } from '../../format/times.js'
import { type Line, LineChart } from '../chart/line-chart.js'
import { few } from '../wall/wall-words.js'
import { Part } from './report-parts.js'
import { stepsOf } from './traffic-series.js'

/** The event over its time. */
export function TrafficCharts({ traffic }: { traffic: EventTraffic }) {
  const { seriesStepMs } = traffic
  const { atMs, steps } = stepsOf(traffic)
  const over = { atMs, fromMs: atMs[0] ?? 0, toMs: (atMs.at(-1) ?? 0) + seriesStepMs }
  const line = (
    name: string,
    look: Line['look'],
    figure: (step: (typeof steps)[number]) => number,
    dashed = false,
  ) => ({
    ...{ name, look, dashed },
    values: steps.map(figure),
  })
  const per = `per ${lengthWords(seriesStepMs)}`
  return (
    <Part title="Over time">
      <div className="report-charts">
        <LineChart
          {...over}
          title="Requests/s, on average"
          testId="report-requests"
          format={few}
          lines={[line('requests', 'one', ({ requests }) => (requests / seriesStepMs) * 1_000)]}
        />
        <LineChart
          {...over}
          title={`Not in full, ${per}`}
          format={whole}
          lines={[line('▲ bad', 'bad', ({ bad }) => bad), line('◐ degraded', 'less', ({ degraded }) => degraded, true)]}
        />
        <LineChart
          {...over}
          title={`Viewers, ${per}`}
          format={whole}
          lines={[line('viewers', 'three', ({ viewers }) => viewers)]}
        />
        <LineChart
          {...over}
          title={`Playback, ${per}`}
          format={whole}
          lines={[
            line('● plays', 'three', ({ plays }) => plays),
            line('▲ stalls', 'bad', ({ stalls }) => stalls, true),
          ]}
        />
      </div>
    </Part>
  )
}
