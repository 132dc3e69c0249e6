import type { AuditEntry } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Badge, Code, Stack, Table, Text, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { Pages } from '../pages.js'
import { useSession } from '../session.js'
import type { Live } from '../use-fleet.js'

const pageSize = 25

/** Who did what, when and why; new entries appear by themselves on the first page. */
export function AuditPage({ live }: { live: Live }) {
  const { api } = useSession()
  const [page, setPage] = useState(1)
  const [list, setList] = useState<{ items: AuditEntry[]; total: number }>()
  const [failure, setFailure] = useState<string>()
  const newest = live.audit[0]?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new entry is the reason to load, not an input of it.
  useEffect(() => {
    api.fleet.audit({ query: { page, pageSize } }).then(
      ({ data }) => {
        setList(data)
        setFailure(undefined)
      },
      (error: unknown) => setFailure(error instanceof GalaError ? error.message : String(error)),
    )
  }, [api, page, newest])
  return (
    <Stack>
      <Title order={1} size="h3">
        Audit
      </Title>
      {failure && (
        <Alert color="orange" role="alert" title="The audit cannot be read">
          {failure}
        </Alert>
      )}
      <Table fz="sm" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            {['When', 'Who', 'What', 'Target', 'Outcome', 'Change', 'Why'].map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list?.items.map((entry) => (
            <Table.Tr key={entry.id} data-testid={`audit-${entry.id}`}>
              <Table.Td>{dayAndTime(entry.at)}</Table.Td>
              <Table.Td>
                {entry.actor}{' '}
                <Text span size="xs" c="dimmed">
                  {entry.role} · {entry.dc}
                </Text>
              </Table.Td>
              <Table.Td>{entry.action}</Table.Td>
              <Table.Td>{entry.target}</Table.Td>
              <Table.Td>
                <Badge color={entry.outcome === 'done' ? 'blue' : 'orange'} variant="light" tt="none">
                  {entry.outcome === 'done' ? '● done' : `▲ ${entry.code}`}
                </Badge>
              </Table.Td>
              <Table.Td maw={420}>
                <Difference entry={entry} />
              </Table.Td>
              <Table.Td maw={260}>{entry.reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {list && <Pages page={page} total={list.total} pageSize={pageSize} onPage={setPage} />}
    </Stack>
  )
}

function Difference({ entry: { before, after } }: { entry: AuditEntry }) {
  const old = (before ?? {}) as Record<string, unknown>
  const now = (after ?? {}) as Record<string, unknown>
  return (
    <Stack gap={2}>
      {Object.keys(now).map((name) => (
        <Text key={name} size="xs" lineClamp={2}>
          {name}: {name in old && <Code>{short(old[name])}</Code>} → <Code>{short(now[name])}</Code>
        </Text>
      ))}
    </Stack>
  )
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
