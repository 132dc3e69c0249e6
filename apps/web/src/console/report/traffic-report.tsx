import type { EventTraffic } from '@gala/contracts'
import type { ReactNode } from 'react'
import { whole } from '../../format/amounts.js'
import { dayAndTime, span, zoneName } from '../../format/times.js'
import { budgetWords } from '../wall/wall-words.js'
import { Numbers, Part } from './report-parts.js'
import { TrafficCharts } from './traffic-charts.js'
import { ninesOf, numbersOf, playbackOf } from './traffic-numbers.js'
import { Acts, DataCentres, Errors, Routes } from './traffic-tables.js'

/** What an event was asked for and what it got, for the screen and for paper. */
export function TrafficReport(props: { id: string; title: string; traffic: EventTraffic; children: ReactNode }) {
  const { id, title, traffic, children } = props
  const { from, to, requests, budget, gaps } = traffic
  const { figure, words, tone } = budgetWords({ ...budget, requests, from, burnPerHour: null })
  return (
    <article className="report" aria-label="Report" data-testid="traffic-report" data-count={requests}>
      <div className="row">
        <h2 className="report-title">{title}</h2>
        <span className="spacer" />
        <span className="row report-acts">{children}</span>
      </div>
      <p className="plain dim">
        {id}. From {dayAndTime(from)} to {dayAndTime(to)} {zoneName()} ({span(Date.parse(to) - Date.parse(from))}).
      </p>
      {requests === 0 && (
        <p className="plain" data-testid="no-traffic">
          ○ Nothing that was asked about this event is in the lake.
        </p>
      )}
      <section className="report-budget" aria-label="Error budget" data-tone={tone}>
        <h3>Error budget, six nines</h3>
        <p className="plain">
          <b className="number told">{figure}</b>
          {words}
          {requests > 0 && `; ${ninesOf(budget.spent, requests)} of all were not bad`}.
        </p>
      </section>
      <Numbers title="Requests" items={numbersOf(traffic)} />
      <Numbers title="Playback" items={playbackOf(traffic)} />
      {traffic.series.length > 0 && <TrafficCharts traffic={traffic} />}
      <DataCentres dcs={traffic.dcs} />
      <Routes routes={traffic.routes} />
      <Errors errors={traffic.errors} all={whole(budget.spent)} />
      <Acts audit={traffic.audit} />
      {gaps.length > 0 && (
        <Part title="What is not in this report">
          <ul className="gaps">
            {gaps.map((gap) => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        </Part>
      )}
    </article>
  )
}
