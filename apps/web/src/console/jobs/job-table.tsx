import type { JobItem } from '@gala/contracts'
import { Table } from '@mantine/core'
import { duration } from '../../format/amounts.js'
import { dayAndTime } from '../../format/times.js'
import { useServerNow } from '../switches/desk.js'
import { WideTable } from '../wide-table.js'
import { jobHash } from './job-hash.js'
import { scheduleWords } from './schedule-words.js'
import { slotTells, stateLooks } from './slot-words.js'
import { awayWords } from './time-words.js'

const heads = ['Job', 'When', 'Where', 'Next', 'Last', 'Typically', 'Failures']

/** All jobs: when they are due, and how their last slot went. */
export function JobTable({ jobs }: { jobs: readonly JobItem[] }) {
  const nowMs = useServerNow()
  return (
    <WideTable label="Jobs" heads={heads}>
      {jobs.map((job) => (
        <Row key={job.id} job={job} nowMs={nowMs} />
      ))}
    </WideTable>
  )
}

function Row({ job, nowMs }: { job: JobItem; nowMs: number }) {
  const { id, title, schedule, policy, next, last, typicalMs, failures, paused, removed, event } = job
  return (
    <Table.Tr className="job-row" data-testid={`job-${id}`} data-off={paused !== null || removed || undefined}>
      <Table.Th scope="row">
        <a href={jobHash(id)} className="job-link">
          {title}
        </a>
        <span className="dim job-id">{id}</span>
      </Table.Th>
      <Table.Td>
        {scheduleWords(schedule)}
        {event && <span className="dim job-id">{event}</span>}
      </Table.Td>
      <Table.Td>{placeWords(policy)}</Table.Td>
      <Table.Td>
        {removed ? (
          <b>✕ removed</b>
        ) : paused ? (
          <b className="warned">‖ paused by {paused.by}</b>
        ) : next ? (
          <>
            <b>{awayWords(Date.parse(next), nowMs)}</b>
            <span className="dim job-id">{dayAndTime(next)}</span>
          </>
        ) : (
          <span className="dim">never again</span>
        )}
      </Table.Td>
      <Table.Td>
        {last ? (
          <span data-tone={stateLooks[last.state].tone}>
            <b className="toned">
              <span aria-hidden>{stateLooks[last.state].shape}</span> {stateLooks[last.state].word}
            </b>
            <span className="last-tells">{slotTells(last, nowMs)}</span>
          </span>
        ) : (
          <span className="dim">never run</span>
        )}
      </Table.Td>
      <Table.Td>{typicalMs === null ? <span className="dim">–</span> : duration(typicalMs)}</Table.Td>
      <Table.Td>{failures > 0 ? <b className="alarm">▲ {failures}</b> : <span className="dim">0</span>}</Table.Td>
    </Table.Tr>
  )
}

/** `once for all`, `in each data centre, 4 parts`. */
export function placeWords({ scope, shards }: JobItem['policy']): string {
  return `${scope === 'global' ? 'once for all' : 'in each data centre'}${shards > 1 ? `, ${shards} parts` : ''}`
}
