import type { Event } from '@gala/contracts'
import { Alert, Button, Group, Table, Text } from '@mantine/core'
import { differing, type Fields, labels } from './event-fields.js'

/** Somebody saved first: what they changed beside what I changed, and the two ways on. */
export function ConflictPanel(props: {
  read: Fields
  mine: Fields
  theirs: Event
  onTheirs: () => void
  onMine: () => void
}) {
  const { read, mine, theirs, onTheirs, onMine } = props
  const names = [...new Set([...differing(read, mine), ...differing(read, theirs)])]
  return (
    <Alert
      color="orange"
      role="alert"
      data-testid="conflict"
      title={`Somebody saved version ${theirs.version} in the meantime`}
    >
      <Table fz="xs" mb="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th>Now</Table.Th>
            <Table.Th>Mine</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {names.map((name) => (
            <Table.Tr key={name}>
              <Table.Td>{labels[name]}</Table.Td>
              <Table.Td>{theirs[name]}</Table.Td>
              <Table.Td>{mine[name]}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" mb="sm">
        Nothing of yours was saved. Keeping yours puts your changes on top of theirs; you save again afterwards.
      </Text>
      <Group>
        <Button size="xs" variant="default" data-testid="take-theirs" onClick={onTheirs}>
          Take theirs
        </Button>
        <Button size="xs" data-testid="keep-mine" onClick={onMine}>
          Keep mine
        </Button>
      </Group>
    </Alert>
  )
}
