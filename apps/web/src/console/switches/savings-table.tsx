import type { Saving, SwitchItem } from '@gala/contracts'
import { Table, Text, Title } from '@mantine/core'
import { dayAndTime } from '../../format/times.js'
import { WideTable } from '../wide-table.js'
import { amount } from './switch-figures.js'

const heads = ['Rung', 'CPU-ms', 'Redis commands', 'Rows read', 'Bytes sent', 'Measured', 'Viewers lost']

/** What drills have measured, of a thousand requests; the ranges hold 95 of 100 times. */
export function SavingsTable({ item: { savings } }: { item: SwitchItem }) {
  return (
    <section aria-label="Savings">
      <Title order={2} size="h4" mb="xs">
        Measured savings, of 1,000 requests
      </Title>
      {savings.length === 0 ? (
        <Text className="warned">▲ It was never measured.</Text>
      ) : (
        <WideTable label="Measured savings" heads={heads}>
          {savings.map((saving) => (
            <Table.Tr key={saving.rung}>
              <Table.Th scope="row">{saving.rung}</Table.Th>
              {([saving.cpuMs, saving.redisCommands, saving.rowsRead, saving.bytesSent] as const).map((of, i) => (
                <Table.Td key={heads[i + 1]}>{ranged(of)}</Table.Td>
              ))}
              <Table.Td className={saving.old ? 'warned' : ''}>
                {dayAndTime(saving.measuredAt)}
                {saving.old && ' ▲ over 30 days old'}
              </Table.Td>
              <Table.Td>{saving.lost}</Table.Td>
            </Table.Tr>
          ))}
        </WideTable>
      )}
    </section>
  )
}

const ranged = ({ value, low, high }: Saving['cpuMs']) => `${amount(value)} (${amount(low)} to ${amount(high)})`
