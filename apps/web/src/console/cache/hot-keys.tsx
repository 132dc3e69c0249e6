import type { CacheReport } from '@gala/contracts'
import { Anchor, Stack, Table, Text, Title } from '@mantine/core'
import { whole } from '../../format/amounts.js'

/** What one data centre is asked for most. */
export function HotKeys(props: { dc: string; hot: CacheReport['hot']; onPick: (key: string) => void }) {
  const { dc, hot, onPick } = props
  return (
    <Stack gap="xs" component="section" aria-label={`Hot keys of ${dc}`} data-testid={`hot-${dc}`}>
      <Title order={2} size="h4">
        Hot keys of {dc}
      </Title>
      {hot.length === 0 && (
        <Text c="dimmed" size="sm">
          No key is read often enough to be hot.
        </Text>
      )}
      {hot.length > 0 && (
        <Table fz="sm" captionSide="top" verticalSpacing={4}>
          <Table.Caption ta="left" mt={0}>
            Read most in the last ten to twenty seconds; choose a key to inspect it
          </Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Key</Table.Th>
              <Table.Th scope="col" ta="right">
                Reads, roughly
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {hot.map(({ key, reads }) => (
              <Table.Tr key={key}>
                <Table.Th scope="row" fw={400}>
                  <Anchor component="button" type="button" size="sm" className="key" onClick={() => onPick(key)}>
                    {key}
                  </Anchor>
                </Table.Th>
                <Table.Td ta="right">{whole(reads)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  )
}
