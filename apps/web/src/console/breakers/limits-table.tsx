import type { ResilienceProcess } from '@gala/contracts'
import { Stack, Table, Text, Title } from '@mantine/core'
import { whole } from '../../format/amounts.js'
import { WideTable } from '../wide-table.js'

const heads = ['Process', 'Limit', 'Admitted', 'Refused', 'Keys in memory', 'Asked the budget', 'Spends']

/** What each process has admitted and refused by its limits. */
export function LimitsTable({ processes }: { processes: readonly ResilienceProcess[] }) {
  const rows = processes.flatMap(({ name, report }) => (report?.limits ?? []).map((limit) => ({ name, limit })))
  return (
    <Stack gap="xs" component="section" aria-label="Limits">
      <Title order={2} size="h4">
        Limits
      </Title>
      {rows.length === 0 && (
        <Text c="dimmed" size="sm">
          No process counts by a limit.
        </Text>
      )}
      {rows.length > 0 && (
        <WideTable label="Limits of all processes" caption="Since each process started" heads={heads}>
          {rows.map(({ name, limit }) => (
            <Table.Tr key={`${name} ${limit.name}`} data-testid={`limit-${name}-${limit.name}`}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td>{limit.name}</Table.Td>
              <Table.Td>{whole(limit.admitted)}</Table.Td>
              <Table.Td>{whole(limit.refused)}</Table.Td>
              <Table.Td>{whole(limit.keys)}</Table.Td>
              <Table.Td>{whole(limit.trips)}</Table.Td>
              <Table.Td {...(limit.alone && { c: 'orange' })}>
                {limit.alone ? '▲ its own share' : 'the shared budget'}
              </Table.Td>
            </Table.Tr>
          ))}
        </WideTable>
      )}
    </Stack>
  )
}
