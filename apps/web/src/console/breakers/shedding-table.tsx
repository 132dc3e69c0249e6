import { criticalities, type ResilienceProcess, type SheddingReport } from '@gala/contracts'
import { Stack, Table, Text, Title } from '@mantine/core'
import { percent, whole } from '../../format/amounts.js'
import { WideTable } from '../wide-table.js'

const heads = ['Process', 'Sheds', 'Headroom', 'Loop delay', 'In work', 'Limit']

/** How much work each process has, and which classes of requests it leaves out for it. */
export function SheddingTable({ processes }: { processes: readonly ResilienceProcess[] }) {
  const shedding = processes.flatMap(({ name, report }) => (report?.shedding ? [{ name, of: report.shedding }] : []))
  return (
    <Stack gap="xs" component="section" aria-label="Load shedding">
      <Title order={2} size="h4">
        Load shedding
      </Title>
      {shedding.length === 0 && (
        <Text c="dimmed" size="sm">
          No process says how it sheds load.
        </Text>
      )}
      {shedding.length > 0 && (
        <WideTable
          label="Load shedding of all processes"
          caption="Admitted now, and refused since start, of each class: the least important is cut first"
          heads={[...heads, ...criticalities, 'Came too late']}
        >
          {shedding.map(({ name, of }) => (
            <Table.Tr key={name} data-testid={`shedding-${name}`}>
              <Table.Th scope="row">{name}</Table.Th>
              <Cells of={of} />
            </Table.Tr>
          ))}
        </WideTable>
      )}
    </Stack>
  )
}

function Cells({ of }: { of: SheddingReport }) {
  return (
    <>
      <Table.Td>{of.on ? 'yes' : 'off'}</Table.Td>
      <Table.Td>{percent(of.headroom, 1)}</Table.Td>
      <Table.Td>{of.loopDelayMs.toFixed(1)} ms</Table.Td>
      <Table.Td>{whole(of.inFlight)}</Table.Td>
      <Table.Td>{whole(of.limit)}</Table.Td>
      {criticalities.map((criticality) => {
        const cut = of.admits[criticality] < 1
        return (
          <Table.Td key={criticality} {...(cut && { c: 'orange' })}>
            {cut && '▲ '}
            {percent(of.admits[criticality], 1)}, {whole(of.refused[criticality])} refused
          </Table.Td>
        )
      })}
      <Table.Td>{whole(of.expired)}</Table.Td>
    </>
  )
}
