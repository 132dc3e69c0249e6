import { Alert, Group, Paper, Progress, Stack, Table, Text, Title } from '@mantine/core'
import { bytes, duration, percent, whole } from '../../format/amounts.js'
import { type CentreFigures, type Counts, readsOf } from './cache-figures.js'

/** The caches of one data centre taken together. */
export function CentreSection({ centre, spanMs }: { centre: CentreFigures; spanMs: number }) {
  const { dc, total, recent } = centre
  const lately = spanMs > 0 ? `last ${duration(spanMs)}` : 'lately'
  return (
    <Paper component="section" aria-label={dc} p="md" bg="#151c2e" data-testid={`cache-${dc}`}>
      <Stack gap="md">
        <div>
          <Title order={2} size="h4">
            {dc}
          </Title>
          <Warnings centre={centre} />
        </div>
        <Group gap="xl">
          <Ratio label={`hit ratio, ${lately}`} counts={recent} />
          <Ratio label="hit ratio, since start" counts={total} />
        </Group>
        <SourceTable dc={dc} total={total} recent={recent} lately={lately} />
        <Rest centre={centre} />
      </Stack>
    </Paper>
  )
}

function Warnings({ centre: { dc, silent, processes, bus, wrong } }: { centre: CentreFigures }) {
  return (
    <div role="status">
      {silent.length > 0 && (
        <Alert color="orange" title={`▲ ${silent.length} of ${processes.length} do not answer: ${silent.join(', ')}`} />
      )}
      {bus.notLive.length > 0 && (
        <Alert color="orange" title={`▲ Without word of changes: ${bus.notLive.join(', ')}`}>
          Nobody can say whether a change was missed there, so copies are believed for a second at most.
        </Alert>
      )}
      {wrong > 0 && (
        <Alert color="orange" title={`▲ ${whole(wrong)} wrong answers in ${dc}`}>
          Comparisons with the source found a copy that a change should have ended.
        </Alert>
      )}
    </div>
  )
}

function Ratio({ label, counts }: { label: string; counts: Counts | undefined }) {
  const reads = counts ? readsOf(counts) : 0
  return (
    <div>
      <Text fz={28} fw={700} lh={1.2}>
        {percent(counts?.hit ?? 0, reads)}
      </Text>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="xs" c="dimmed">
        {whole(reads)} {reads === 1 ? 'read' : 'reads'}
      </Text>
    </div>
  )
}

const meanOf = ({ loads, loadMs }: Counts) => (loads === 0 ? '–' : `${(loadMs / loads).toFixed(1)} ms`)

/** Label, value, and whether more than none is a warning. */
const rows: [string, (counts: Counts) => number | string, 'warns'?][] = [
  ['Answered from memory', ({ hit }) => hit],
  ['… of these while it was renewed', ({ aging }) => aging],
  ['Answered after a load', ({ miss }) => miss],
  ['Answered stale', ({ stale }) => stale, 'warns'],
  ['Brought from the shared store', ({ shared }) => shared],
  ['Pushed with their change', ({ pushed }) => pushed],
  ['Loaded from the source', ({ loads }) => loads],
  ['Mean load time', meanOf],
  ['Failed loads', ({ error }) => error, 'warns'],
  ['Refused: fenced by a change', ({ fenced }) => fenced],
  ['Overtaken while loading', ({ overtaken }) => overtaken],
  ['Waits for another process', ({ waited }) => waited],
]

function SourceTable(props: { dc: string; total: Counts; recent: Counts | undefined; lately: string }) {
  const { dc, total, recent, lately } = props
  return (
    <Table fz="sm" verticalSpacing={4} captionSide="top" layout="auto">
      <Table.Caption ta="left" mt={0}>
        Where answers came from in {dc}
      </Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">What</Table.Th>
          <Table.Th scope="col" ta="right" className="figure">
            {lately}
          </Table.Th>
          <Table.Th scope="col" ta="right">
            since start
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([label, of, warns]) => (
          <Table.Tr key={label}>
            <Table.Th scope="row" fw={400}>
              {label}
            </Table.Th>
            <Amount value={recent && of(recent)} warns={warns !== undefined} />
            <Amount value={of(total)} warns={false} />
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** What happens now is a warning; what happened since the start may be long over. */
function Amount({ value, warns }: { value: number | string | undefined; warns: boolean }) {
  const warned = warns && typeof value === 'number' && value > 0
  return (
    <Table.Td ta="right" className="figure" {...(warned && { c: 'orange' })}>
      {warned && '▲ '}
      {typeof value === 'number' ? whole(value) : (value ?? '–')}
    </Table.Td>
  )
}

function Rest({ centre: { dc, memory, bus, checks } }: { centre: CentreFigures }) {
  const behind = bus.announced - bus.applied
  const vouched =
    bus.vouchedAgoMs === undefined ? 'never known complete' : `known complete ${duration(bus.vouchedAgoMs)} ago`
  const outcomes = Object.entries(checks)
  return (
    <dl className="figures">
      <dt>Memory</dt>
      <dd>
        {bytes(memory.bytes)} of {bytes(memory.bytesMax)} in {whole(memory.entries)} values; {whole(memory.loading)}{' '}
        loads under way
        <Progress
          mt={4}
          value={(memory.bytes / Math.max(1, memory.bytesMax)) * 100}
          aria-label={`Memory used in ${dc}`}
        />
      </dd>
      <dt>Changes</dt>
      <dd>
        newest announced {whole(bus.announced)},{' '}
        {behind === 0 ? 'applied everywhere' : <Warn>{whole(behind)} behind at the slowest</Warn>};{' '}
        {bus.notLive.length > 0 ? <Warn>{vouched}</Warn> : vouched}
      </dd>
      <dt>Gaps</dt>
      <dd>
        {whole(bus.gaps)} noticed, {whole(bus.repaired)} repaired,{' '}
        {bus.lostLately > 0 ? <Warn>{whole(bus.lost)} lost</Warn> : `${whole(bus.lost)} lost`} (then older copies are
        not believed; a start counts as one)
      </dd>
      <dt>Checks</dt>
      <dd>
        {outcomes.length === 0 && 'none'}
        {outcomes.map(([outcome, count], i) => {
          const said = `${whole(count)} ${outcome.replaceAll('-', ' ')}`
          const bad = count > 0 && outcome.startsWith('wrong')
          return (
            <span key={outcome}>
              {i > 0 && ', '}
              {bad ? <Warn>{said}</Warn> : said}
            </span>
          )
        })}
      </dd>
    </dl>
  )
}

function Warn({ children }: { children: React.ReactNode }) {
  return (
    <Text span inherit c="orange" fw={600}>
      ▲ {children}
    </Text>
  )
}
