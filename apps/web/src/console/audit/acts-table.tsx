import { Table } from '@mantine/core'
import { WideTable } from '../wide-table.js'

interface Act {
  at: string
  actor: string
  action: string
  target: string
  reason: string | null
}

/** What operators did, in a report; `when` writes a moment as that report writes it. */
export function ActsTable({ audit, when }: { audit: readonly Act[]; when: (at: string) => string }) {
  if (audit.length === 0) return <p className="plain">Nobody did anything by hand.</p>
  return (
    <WideTable label="Audit" heads={['When', 'Who', 'What', 'Why']}>
      {audit.map(({ at, actor, action, target, reason }) => (
        <Table.Tr key={`${at} ${actor} ${action} ${target}`}>
          <Table.Th scope="row">{when(at)}</Table.Th>
          <Table.Td>{actor}</Table.Td>
          <Table.Td>
            {action} {target}
          </Table.Td>
          <Table.Td>{reason}</Table.Td>
        </Table.Tr>
      ))}
    </WideTable>
  )
}
