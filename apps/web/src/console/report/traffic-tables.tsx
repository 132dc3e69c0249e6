import type { EventTraffic } from '@gala/contracts'
import { Table } from '@mantine/core'
import { bytes, percent, whole } from '../../format/amounts.js'
import { dayAndTime } from '../../format/times.js'
import { ActsTable } from '../audit/acts-table.js'
import { msWords } from '../wall/wall-words.js'
import { WideTable } from '../wide-table.js'
import { Part } from './report-parts.js'

type Outcomes = Pick<EventTraffic, 'requests' | 'full' | 'degraded' | 'bad'>
const outcomeHeads = ['Requests', 'In full', 'Degraded', 'Bad']

function OutcomeCells({ requests, full, degraded, bad }: Outcomes) {
  return (
    <>
      <Table.Td>{whole(requests)}</Table.Td>
      <Table.Td>{percent(full, requests)}</Table.Td>
      <Table.Td>{whole(degraded)}</Table.Td>
      <Table.Td>{bad === 0 ? '0' : <b className="alarm">▲ {whole(bad)}</b>}</Table.Td>
    </>
  )
}

export function DataCentres({ dcs }: Pick<EventTraffic, 'dcs'>) {
  if (dcs.length === 0) return null
  return (
    <Part title="By data centre">
      <WideTable label="Data centres" heads={['Data centre', ...outcomeHeads]}>
        {dcs.map((of) => (
          <Table.Tr key={of.dc}>
            <Table.Th scope="row">{of.dc}</Table.Th>
            <OutcomeCells {...of} />
          </Table.Tr>
        ))}
      </WideTable>
    </Part>
  )
}

const quantileHeads = ['p50', 'p90', 'p99', 'p99.9']

export function Routes({ routes }: Pick<EventTraffic, 'routes'>) {
  if (routes.length === 0) return null
  return (
    <Part title="By route">
      <WideTable label="Routes" heads={['Route', ...outcomeHeads, ...quantileHeads, 'Sent']}>
        {routes.map((of) => (
          <Table.Tr key={of.route}>
            <Table.Th scope="row">{of.route}</Table.Th>
            <OutcomeCells {...of} />
            {(['p50', 'p90', 'p99', 'p999'] as const).map((name) => (
              <Table.Td key={name}>{of.durationMs ? msWords(of.durationMs[name]) : '–'}</Table.Td>
            ))}
            <Table.Td>{bytes(of.sentBytes)}</Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
    </Part>
  )
}

/** Refusals and failures; `all`: how many were bad. */
export function Errors({ errors, all }: Pick<EventTraffic, 'errors'> & { all: string }) {
  return (
    <Part title="What was refused or failed">
      {errors.length === 0 && <p className="plain">✓ Nothing.</p>}
      {errors.length > 0 && (
        <>
          <p className="plain dim">
            Of these, {all} count as bad: those with 5xx, and those cut off. Refusals with 4xx are what the caller has
            to mend.
          </p>
          <WideTable label="Errors" heads={['Route', 'Status', 'Requests']}>
            {errors.map(({ route, status, count }) => (
              <Table.Tr key={`${route} ${status}`}>
                <Table.Th scope="row">{route}</Table.Th>
                <Table.Td>
                  {status >= 500 || status === 0 ? (
                    <b className="alarm">▲ {status === 0 ? 'cut off' : status}</b>
                  ) : (
                    status
                  )}
                </Table.Td>
                <Table.Td>{whole(count)}</Table.Td>
              </Table.Tr>
            ))}
          </WideTable>
        </>
      )}
    </Part>
  )
}

export function Acts({ audit }: Pick<EventTraffic, 'audit'>) {
  return (
    <Part title="What operators did in this time">
      <ActsTable audit={audit} when={dayAndTime} />
    </Part>
  )
}
