import type { AuditEntry } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Table, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { useSession } from '../session.js'
import { WideTable } from '../wide-table.js'

const pageSize = 25

/** What the audit knows of a switch, newest first; read again with each new revision. */
export function SwitchHistory({ name, rev }: { name: string; rev: number }) {
  const { api } = useSession()
  const [items, setItems] = useState<readonly AuditEntry[]>([])
  const [failure, setFailure] = useState<string>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision is the reason to read, not an input of it.
  useEffect(() => {
    api.fleet.audit({ query: { target: `switch:${name}`, pageSize } }).then(
      ({ data }) => {
        setItems(data.items)
        setFailure(undefined)
      },
      (error: unknown) => setFailure(error instanceof GalaError ? error.message : String(error)),
    )
  }, [api, name, rev])
  return (
    <section aria-label="History">
      <Title order={2} size="h4" mb="xs">
        History
      </Title>
      {failure && (
        <Alert color="orange" role="alert" title="The audit cannot be read">
          {failure}
        </Alert>
      )}
      <WideTable label="History" heads={['When', 'Who', 'What', 'Outcome', 'Why']}>
        {items.map(({ id, at, actor, role, action, outcome, code, reason, after }) => (
          <Table.Tr key={id}>
            <Table.Th scope="row">{dayAndTime(at)}</Table.Th>
            <Table.Td>
              {actor}, {role}
            </Table.Td>
            <Table.Td>
              {action} {after ? JSON.stringify(after).slice(0, 120) : ''}
            </Table.Td>
            <Table.Td>{outcome === 'done' ? '● done' : `▲ ${code}`}</Table.Td>
            <Table.Td>{reason}</Table.Td>
          </Table.Tr>
        ))}
      </WideTable>
    </section>
  )
}
