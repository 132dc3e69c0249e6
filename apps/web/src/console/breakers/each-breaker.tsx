import { Table } from '@mantine/core'
import { duration, percent, whole } from '../../format/amounts.js'
import { span } from '../../format/times.js'
import { WideTable } from '../wide-table.js'
import type { BreakerFigures } from './breaker-figures.js'
import { inTime } from './breaker-words.js'
import { StateBadge } from './state-badge.js'

const heads = [
  'Process',
  'Guards',
  'State',
  'For',
  'Mode',
  'Let through',
  'Calls',
  'Failed',
  'Slow',
  'Next probe',
  'Repair',
]

/** Every breaker by itself, folded away: the one that differs from the others is the one to look at. */
export function EachBreaker({ figures: { item, held }, nowMs }: { figures: BreakerFigures; nowMs: number }) {
  return (
    <details>
      <summary>
        Each of {held.length} breakers of {item.name} in {item.dc}
      </summary>
      <WideTable label={`Breakers of ${item.name} in ${item.dc}`} heads={heads}>
        {held.map(({ process, breaker }) => (
          <Table.Tr key={`${process} ${breaker.target}`}>
            <Table.Th scope="row">{process}</Table.Th>
            <Table.Td>{breaker.target}</Table.Td>
            <Table.Td>
              <StateBadge state={breaker.state} />
            </Table.Td>
            <Table.Td>{span(nowMs - Date.parse(breaker.since))}</Table.Td>
            <Table.Td>{breaker.mode}</Table.Td>
            <Table.Td>{percent(breaker.admitted, 1)}</Table.Td>
            <Table.Td>{whole(breaker.window.calls)}</Table.Td>
            <Table.Td>{whole(breaker.window.failures)}</Table.Td>
            <Table.Td>{whole(breaker.window.slow)}</Table.Td>
            <Table.Td>{breaker.nextProbeAt === null ? '–' : inTime(Date.parse(breaker.nextProbeAt), nowMs)}</Table.Td>
            <Table.Td>{breaker.repairMs === null ? '–' : duration(breaker.repairMs)}</Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
    </details>
  )
}
