import type { AnswerMeta, GalaError } from '@gala/sdk'
import { Badge, Popover, Table, UnstyledButton } from '@mantine/core'

/** Where this picture comes from and how good it is; details on a tap. */
export function FreshnessBadge({ meta, error }: { meta: AnswerMeta | undefined; error: GalaError | undefined }) {
  const degraded = meta?.degraded ?? []
  const troubled = error !== undefined || degraded.length > 0
  const label = error
    ? 'connection lost'
    : [meta?.dc, meta?.cache, degraded.length > 0 && 'degraded'].filter(Boolean).join(' · ')
  const rows: [string, string][] = [
    ['Data centre', meta?.dc ?? '–'],
    ['Answered from', meta?.cache ?? '–'],
    ['Age', meta?.ageS === undefined ? '–' : `${meta.ageS} s`],
    ['Degraded', degraded.join(', ') || 'no'],
    ['Last error', error ? `${error.code}: ${error.message}` : 'none'],
  ]
  return (
    <Popover width={280} position="bottom-end" withArrow>
      <Popover.Target>
        <UnstyledButton data-testid="badge" data-degraded={degraded.join(',')} aria-label={`Connection: ${label}`}>
          <Badge variant="light" color={troubled ? 'orange' : 'blue'} tt="none" style={{ cursor: 'pointer' }}>
            {troubled ? '▲ ' : '● '}
            {label || 'connecting'}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Table variant="vertical" fz="xs">
          <Table.Tbody>
            {rows.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th w={110}>{name}</Table.Th>
                <Table.Td>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Popover.Dropdown>
    </Popover>
  )
}
