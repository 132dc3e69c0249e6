import { type EventReport, type SlotState, slotStates } from '@gala/contracts'
import { Table } from '@mantine/core'
import type { ReactNode } from 'react'
import { duration } from '../../format/amounts.js'
import { dayAndTime, secondOfDay, span, zoneName } from '../../format/times.js'
import { ActsTable } from '../audit/acts-table.js'
import { stateLooks } from '../jobs/slot-words.js'
import { latenessWords } from '../jobs/time-words.js'
import { Numbers, Part } from '../report/report-parts.js'
import { WideTable } from '../wide-table.js'

/** What an event was like, for the screen and for paper. */
export function ReportView({ report, children }: { report: EventReport; children: ReactNode }) {
  const { event, madeAt, from, to, peaks, totals, errors, gaps } = report
  return (
    <article className="report" aria-label="Report" data-testid="report">
      <div className="row">
        <h2 className="report-title">
          Report: <span lang="zh">{event.title}</span>
        </h2>
        <span className="spacer" />
        <span className="row report-acts">{children}</span>
      </div>
      <p className="plain dim">
        {event.titleEn}. From {dayAndTime(from)} to {dayAndTime(to)} {zoneName()} (
        {span(Date.parse(to) - Date.parse(from))}); put together {dayAndTime(madeAt)}.
      </p>
      {gaps.length > 0 && (
        <div className="held" data-testid="gaps">
          <b>▲ It is not complete.</b> When it was put together this could not be asked:
          <ul>
            {gaps.map((gap) => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        </div>
      )}
      <Numbers title="Peaks" items={peaks} />
      <Numbers title="Totals" items={totals} />
      <Part title="Errors">
        {errors.length === 0 && <p className="plain">✓ None.</p>}
        <ul className="errors">
          {errors.map(({ name, count }) => (
            <li key={name} className="error-line">
              <span>{name}</span>
              <b className="error-count">{count.toLocaleString('en-US')}</b>
              <span
                className="error-bar"
                style={{ transform: `scaleX(${count / Math.max(1, ...errors.map((one) => one.count))})` }}
              />
            </li>
          ))}
        </ul>
      </Part>
      <Steps report={report} />
      <Degradations report={report} />
      <Acts report={report} />
    </article>
  )
}

const isState = (state: string): state is SlotState => slotStates.some((known) => known === state)

function Steps({ report: { steps } }: { report: EventReport }) {
  const onTime = steps.filter(({ lateMs, state }) => state === 'ok' && lateMs !== null && lateMs < 1_000).length
  return (
    <Part title={`Steps: ${onTime} of ${steps.length} within a second of their time`}>
      <WideTable label="Steps" heads={['Step', 'Due', 'State', 'Lateness', 'Took', 'Detail']}>
        {steps.map(({ step, title, due, state, lateMs, tookMs, detail }) => {
          const look = isState(state) ? stateLooks[state] : undefined
          return (
            <Table.Tr key={step}>
              <Table.Th scope="row">
                {title} <span className="dim job-key">{step}</span>
              </Table.Th>
              <Table.Td>{secondOfDay(due)}</Table.Td>
              <Table.Td>
                <b className="toned" data-tone={look?.tone}>
                  {look ? `${look.shape} ${look.word}` : state}
                </b>
              </Table.Td>
              <Table.Td>{lateMs === null ? '–' : latenessWords(lateMs)}</Table.Td>
              <Table.Td>{tookMs === null ? '–' : duration(tookMs)}</Table.Td>
              <Table.Td>{detail}</Table.Td>
            </Table.Tr>
          )
        })}
      </WideTable>
    </Part>
  )
}

function Degradations({ report: { degradations } }: { report: EventReport }) {
  return (
    <Part title="What viewers had to do without">
      {degradations.length === 0 && <p className="plain">✓ Nothing.</p>}
      {degradations.length > 0 && (
        <WideTable label="Degradations" heads={['When', 'What', 'Who', 'Why']}>
          {degradations.map(({ at, what, actor, reason }) => (
            <Table.Tr key={`${at} ${what}`}>
              <Table.Th scope="row">{secondOfDay(at)}</Table.Th>
              <Table.Td>{what}</Table.Td>
              <Table.Td>{actor}</Table.Td>
              <Table.Td>{reason}</Table.Td>
            </Table.Tr>
          ))}
        </WideTable>
      )}
    </Part>
  )
}

function Acts({ report: { audit } }: { report: EventReport }) {
  return (
    <Part title="Who did what">
      <ActsTable audit={audit} when={secondOfDay} />
    </Part>
  )
}
