import { type Event, type Programme, programmeKinds } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Loader,
  Modal,
  NativeSelect,
  NumberInput,
  Table,
  Text,
  TextInput,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react'
import { useCallback, useEffect, useState } from 'react'
import { timeOfDay } from '../../format/times.js'
import { mayEdit, useSession } from '../session.js'
import type { Live } from '../use-fleet.js'
import { Arrival, type Saved } from './arrival.js'
import { appended, moved, removed, retimed } from './order-edits.js'

/** Edits the running order as a whole: items follow each other, so moving or lengthening one re-times those after it. */
export function OrderEditor({ event, live, onClose }: { event: Event; live: Live; onClose: () => void }) {
  const session = useSession()
  const [version, setVersion] = useState<number>()
  const [items, setItems] = useState<Programme[]>([])
  const [reason, setReason] = useState('')
  const [failure, setFailure] = useState<string>()
  const [saved, setSaved] = useState<Saved>()
  const attempt = useCallback(async (work: () => Promise<void>) => {
    setFailure(undefined)
    try {
      await work()
    } catch (error) {
      if (!(error instanceof GalaError)) throw error
      setFailure(error.message)
    }
  }, [])
  const load = useCallback(
    () =>
      attempt(async () => {
        const { data } = await session.api.programmes.read({ params: { id: event.id } })
        setVersion(data.version)
        setItems(data.items)
      }),
    [attempt, session, event.id],
  )
  useEffect(() => void load(), [load])
  const save = () =>
    attempt(async () => {
      const body = { items, expectedVersion: version ?? 0, ...(reason && { reason }) }
      const { data } = await session.api.programmes.save({ params: { id: event.id }, body })
      setVersion(data.version)
      setItems(data.items)
      setSaved({ version: data.version, position: data.position, atMs: Date.now() })
    })
  return (
    <Modal
      opened
      onClose={onClose}
      size="min(1100px, 96vw)"
      title={`Running order of ${event.id}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {version === undefined && !failure && <Loader role="status" aria-label="Loading" />}
      <Table fz="sm" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {['Start', 'Title', 'English title', 'Kind', 'Minutes', 'Change'].map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item, i) => (
            <ItemRow key={item.id} item={item} onChange={(next) => setItems(retimed(items.with(i, next)))}>
              <ActionIcon
                variant="subtle"
                aria-label={`Move ${item.title} up`}
                onClick={() => setItems(moved(items, i, -1))}
              >
                <IconArrowUp size={16} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                aria-label={`Move ${item.title} down`}
                onClick={() => setItems(moved(items, i, 1))}
              >
                <IconArrowDown size={16} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="orange"
                aria-label={`Remove ${item.title}`}
                onClick={() => setItems(removed(items, i))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </ItemRow>
          ))}
        </Table.Tbody>
      </Table>
      {failure && (
        <Alert color="orange" role="alert" my="sm" title="That did not work">
          {failure}{' '}
          <Button size="compact-xs" variant="default" onClick={() => void load()}>
            Read it again
          </Button>
        </Alert>
      )}
      <Group mt="md" align="flex-end">
        <Button variant="default" onClick={() => setItems(appended(items, event.startAt))}>
          Add an item
        </Button>
        <TextInput
          label="Reason"
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
          style={{ flex: 1 }}
        />
        <Text size="sm" c="dimmed">
          version {version ?? '–'}
        </Text>
        <Button
          data-testid="save-order"
          disabled={!mayEdit(session) || version === undefined}
          onClick={() => void save()}
        >
          Save
        </Button>
      </Group>
      {saved && <Arrival saved={saved} live={live} />}
    </Modal>
  )
}

function ItemRow(props: { item: Programme; onChange: (item: Programme) => void; children: React.ReactNode }) {
  const { item, onChange, children } = props
  return (
    <Table.Tr>
      <Table.Td>{timeOfDay(item.startAt)}</Table.Td>
      <Table.Td>
        <TextInput
          size="xs"
          aria-label="Title"
          value={item.title}
          onChange={(e) => onChange({ ...item, title: e.currentTarget.value })}
        />
      </Table.Td>
      <Table.Td>
        <TextInput
          size="xs"
          aria-label="English title"
          value={item.titleEn}
          onChange={(e) => onChange({ ...item, titleEn: e.currentTarget.value })}
        />
      </Table.Td>
      <Table.Td>
        <NativeSelect
          size="xs"
          aria-label="Kind"
          data={[...programmeKinds]}
          value={item.kind}
          onChange={(e) => onChange({ ...item, kind: e.currentTarget.value as Programme['kind'] })}
        />
      </Table.Td>
      <Table.Td w={90}>
        <NumberInput
          size="xs"
          aria-label="Minutes"
          min={1}
          max={600}
          value={item.durationS / 60}
          onChange={(minutes) =>
            typeof minutes === 'number' && minutes >= 1 && onChange({ ...item, durationS: Math.round(minutes * 60) })
          }
        />
      </Table.Td>
      <Table.Td>
        <Group gap={2} wrap="nowrap">
          {children}
        </Group>
      </Table.Td>
    </Table.Tr>
  )
}
