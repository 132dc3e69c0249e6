import type { TraceSearch } from '@gala/contracts'
import { Table } from '@mantine/core'
import { nearTime } from '../../format/times.js'
import { useNow } from '../use-fleet.js'
import { WideTable } from '../wide-table.js'
import { keptLook, usWords } from './trace-tree.js'

const heads = ['Trace', 'When', 'Kept because', 'Took', 'Event', 'Data centre', 'Spans']

/** Traces by their outermost spans. */
export function TraceTable({ items }: { items: TraceSearch['items'] }) {
  const nowMs = useNow()
  const most = Math.max(1, ...items.map(({ durationUs }) => durationUs))
  return (
    <WideTable label="Traces" heads={heads}>
      {items.map(({ trace, at, name, route, kept, status, durationUs, event, dc, spans }) => {
        const { shape, words, tone } = keptLook(kept)
        return (
          <Table.Tr key={trace} className="trace-row" data-testid={`trace-${trace}`}>
            <Table.Th scope="row">
              <a href={`#traces/${trace}`} className="job-link">
                {name}
              </a>
              <span className="dim job-id">{route ?? trace}</span>
            </Table.Th>
            <Table.Td>{nearTime(at, nowMs)}</Table.Td>
            <Table.Td>
              <b className="toned" data-tone={tone}>
                {shape} {words}
              </b>
              {status === 'error' && kept !== 'error' && <b className="alarm"> ▲ failed</b>}
            </Table.Td>
            <Table.Td>
              {usWords(durationUs)}
              <span className="took">
                <span style={{ transform: `scaleX(${durationUs / most})` }} />
              </span>
            </Table.Td>
            <Table.Td>{event ?? <span className="dim">–</span>}</Table.Td>
            <Table.Td>{dc}</Table.Td>
            <Table.Td>{spans}</Table.Td>
          </Table.Tr>
        )
      })}
    </WideTable>
  )
}
