import type { CacheProcess, CacheReport } from '@gala/contracts'
import { Stack, Table, Title } from '@mantine/core'
import { bytes, duration, percent, whole } from '../../format/amounts.js'
import { WideTable } from '../wide-table.js'
import { between, countsOf, lostSince, readsOf, wrongOf } from './cache-figures.js'

const heads = [
  'Process',
  'Hits lately',
  'Hits since start',
  'Reads',
  'Stale',
  'Loads',
  'Memory',
  'Values',
  'Change',
  'Known complete',
  'Gaps',
  'Lost',
  'Wrong',
]

/** Each process by itself: the one that is different from the others is the one to look at. */
export function ProcessTable(props: { items: readonly CacheProcess[]; before: readonly CacheProcess[] | undefined }) {
  const { items, before } = props
  const newest = Math.max(0, ...items.map(({ report }) => report?.bus.announcedPosition ?? 0))
  const earlier = new Map(before?.map(({ name, report }) => [name, report]))
  return (
    <Stack gap="xs" component="section" aria-label="Processes">
      <Title order={2} size="h4">
        Processes
      </Title>
      <WideTable label="Caches of all processes" caption="The cache of each process" heads={heads}>
        {items.map(({ name, report, detail }) => (
          <Table.Tr key={name} data-testid={`cache-process-${name}`}>
            <Table.Th scope="row">{name}</Table.Th>
            {report ? (
              <Cells report={report} earlier={earlier.get(name) ?? undefined} newest={newest} />
            ) : (
              <Table.Td colSpan={heads.length - 1} c="orange">
                ▲ {detail}
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </WideTable>
    </Stack>
  )
}

function Cells(props: { report: CacheReport; earlier: CacheReport | undefined; newest: number }) {
  const { report, earlier, newest } = props
  const { bus, memory, checks } = report
  const counts = countsOf(report)
  const recent = earlier && between(counts, countsOf(earlier))
  const wrong = checks ? wrongOf(checks) : 0
  const vouched = bus.vouchedAgoMs === null ? 'never' : `${duration(bus.vouchedAgoMs)} ago`
  return (
    <>
      <Table.Td>{recent ? percent(recent.hit, readsOf(recent)) : '–'}</Table.Td>
      <Table.Td>{percent(counts.hit, readsOf(counts))}</Table.Td>
      <Table.Td>{whole(readsOf(counts))}</Table.Td>
      <Table.Td>{whole(counts.stale)}</Table.Td>
      <Table.Td>{whole(counts.loads)}</Table.Td>
      <Table.Td>
        {bytes(memory.bytes)} of {bytes(memory.bytesMax)}
      </Table.Td>
      <Table.Td>{whole(memory.entries)}</Table.Td>
      <Marked bad={bus.appliedPosition < newest}>{bus.appliedPosition}</Marked>
      <Marked bad={!bus.live}>{vouched}</Marked>
      <Table.Td>{whole(bus.gaps)}</Table.Td>
      <Marked bad={earlier !== undefined && lostSince(report, earlier) > 0}>{whole(bus.lost)}</Marked>
      <Marked bad={wrong > 0}>{checks ? whole(wrong) : '–'}</Marked>
    </>
  )
}

/** A shape as well as a colour, as on the health page. */
function Marked({ bad, children }: { bad: boolean; children: React.ReactNode }) {
  return (
    <Table.Td {...(bad && { c: 'orange' })}>
      {children}
      {bad && ' ▲'}
    </Table.Td>
  )
}
