import type { Event } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Badge, Button, Group, Stack, Table, Text, Title } from '@mantine/core'
import { useCallback, useEffect, useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { Pages } from '../pages.js'
import { reportHash } from '../report/report-hash.js'
import { useSession } from '../session.js'
import type { Live } from '../use-fleet.js'
import { EventEditor } from './event-editor.js'
import { OrderEditor } from './order-editor.js'

const pageSize = 20
type Open = { what: 'event' | 'order'; event: Event } | undefined

export function EventsPage({ live }: { live: Live }) {
  const { api } = useSession()
  const [page, setPage] = useState(1)
  const [list, setList] = useState<{ items: Event[]; total: number }>()
  const [failure, setFailure] = useState<string>()
  const [open, setOpen] = useState<Open>()
  const load = useCallback(async () => {
    try {
      setList((await api.events.list({ query: { page, pageSize } })).data)
      setFailure(undefined)
    } catch (error) {
      if (!(error instanceof GalaError)) throw error
      setFailure(error.message)
    }
  }, [api, page])
  // Also whenever anything has changed anywhere: the list must not show yesterday's versions.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the position is the reason to load, not an input of it.
  useEffect(() => void load(), [load, live.position])
  return (
    <Stack>
      <Title order={1} size="h3">
        Events
      </Title>
      {failure && (
        <Alert color="orange" role="alert" title="The list cannot be read">
          {failure}
        </Alert>
      )}
      <Table highlightOnHover verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            {['Event', 'Kind', 'Status', 'Start', 'Version', ''].map((head) => (
              <Table.Th key={head}>{head || <span className="mantine-VisuallyHidden-root">Actions</span>}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list?.items.map((event) => (
            <EventRow key={event.id} event={event} onOpen={setOpen} />
          ))}
        </Table.Tbody>
      </Table>
      {list?.items.length === 0 && <Text c="dimmed">There is no event.</Text>}
      {list && <Pages page={page} total={list.total} pageSize={pageSize} onPage={setPage} />}
      {open?.what === 'event' && <EventEditor event={open.event} live={live} onClose={() => setOpen(undefined)} />}
      {open?.what === 'order' && <OrderEditor event={open.event} live={live} onClose={() => setOpen(undefined)} />}
    </Stack>
  )
}

function EventRow({ event, onOpen }: { event: Event; onOpen: (open: Open) => void }) {
  return (
    <Table.Tr data-testid={`event-row-${event.id}`}>
      <Table.Td>
        <Text fw={600} lang="zh">
          {event.title}
        </Text>
        <Text size="xs" c="dimmed">
          {event.id} · {event.titleEn}
        </Text>
      </Table.Td>
      <Table.Td>{event.kind}</Table.Td>
      <Table.Td>
        <Badge
          variant={event.status === 'live' ? 'filled' : 'outline'}
          color={event.status === 'live' ? 'orange' : 'gray'}
          tt="none"
        >
          {event.status}
        </Badge>
      </Table.Td>
      <Table.Td>{dayAndTime(event.startAt)}</Table.Td>
      <Table.Td data-testid={`event-version-${event.id}`}>{event.version}</Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          <Button
            size="xs"
            variant="light"
            data-testid={`edit-${event.id}`}
            onClick={() => onOpen({ what: 'event', event })}
          >
            Edit
          </Button>
          <Button
            size="xs"
            variant="default"
            data-testid={`order-${event.id}`}
            onClick={() => onOpen({ what: 'order', event })}
          >
            Running order
          </Button>
          <Button
            size="xs"
            variant="default"
            component="a"
            href={reportHash(event.id)}
            data-testid={`report-${event.id}`}
          >
            Report
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
