import { defaultPool as home } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Button, Group, NativeSelect, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useRef, useState } from 'react'
import { mayEdit, useSession } from '../session.js'
import { WideTable } from '../wide-table.js'
import type { Written } from './acknowledged.js'
import type { Pools } from './use-breakers.js'

const blank = { event: '', pool: '', reason: '' }

/** Which pool answers for which event, and a hot event's way to one of its own. */
export function PoolsSection({ pools, onWritten }: { pools: Pools; onWritten: (w: Written | undefined) => void }) {
  const session = useSession()
  const [wish, setWish] = useState(blank)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const title = useRef<HTMLHeadingElement>(null)
  const known = [...new Set([home, ...pools.items.flatMap((item) => item.pools)])]
  const change = (over: Partial<typeof blank>) => setWish((held) => ({ ...held, ...over }))
  const pool = wish.pool || known.find((name) => name !== home) || home
  const move = async () => {
    setBusy(true)
    setFailure(undefined)
    onWritten(undefined)
    try {
      const id = wish.event.trim()
      const { data } = await session.api.pools.move({ params: { id }, body: { pool, reason: wish.reason.trim() } })
      onWritten({ position: data.position, what: `${id} ${pool === home ? 'moved back' : `moved to pool ${pool}`}` })
      setWish(blank)
    } catch (error) {
      setFailure(error instanceof GalaError ? error.message : String(error))
    }
    setBusy(false)
  }
  return (
    <Stack gap="sm" component="section" aria-label="Pools">
      <Title order={2} size="h4" ref={title} tabIndex={-1}>
        Pools
      </Title>
      {pools.items.map((item) => (
        <Text key={item.dc} size="sm">
          {item.dc}: {item.pools.length === 0 ? 'no process of access tells its pools' : item.pools.join(', ')}
        </Text>
      ))}
      <MovedEvents
        pools={pools}
        onBack={(event) => {
          change({ event, pool: home })
          title.current?.focus()
        }}
      />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void move()
        }}
      >
        <Group align="flex-end">
          <TextInput
            label="Event"
            placeholder="spring-gala"
            data-testid="move-event"
            maxLength={64}
            value={wish.event}
            onChange={(event) => change({ event: event.currentTarget.value })}
          />
          <NativeSelect
            label="Answered by pool"
            data-testid="move-pool"
            value={pool}
            onChange={(event) => change({ pool: event.currentTarget.value })}
            data={known.map((name) => ({ value: name, label: name === home ? `${name}: back home` : name }))}
          />
          <TextInput
            className="grows"
            label="Reason of the move"
            placeholder="For the audit"
            data-testid="move-reason"
            maxLength={400}
            value={wish.reason}
            onChange={(event) => change({ reason: event.currentTarget.value })}
          />
          <Button
            type="submit"
            data-testid="move"
            loading={busy}
            disabled={!mayEdit(session) || wish.event.trim() === '' || wish.reason.trim() === ''}
          >
            {pool === home ? 'Move back' : 'Move'}
          </Button>
        </Group>
      </form>
      {failure && (
        <Alert color="orange" role="alert" title="Not moved">
          {failure}
        </Alert>
      )}
    </Stack>
  )
}

const heads = ['Event', 'Pool', 'Applied by', 'By', 'Reason', '']

function MovedEvents({ pools, onBack }: { pools: Pools; onBack: (event: string) => void }) {
  const session = useSession()
  const moved = pools.moves.filter(({ pool }) => pool !== home)
  if (moved.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        No event is moved: all are answered by {home}.
      </Text>
    )
  }
  return (
    <WideTable label="Moved events" caption="Moved events" heads={heads}>
      {moved.map(({ event, pool, actor, reason, receipts }) => (
        <Table.Tr key={event} data-testid={`moved-${event}`}>
          <Table.Th scope="row">{event}</Table.Th>
          <Table.Td>{pool}</Table.Td>
          <Table.Td>
            {receipts.applied} of {receipts.total}
          </Table.Td>
          <Table.Td>{actor}</Table.Td>
          <Table.Td>{reason}</Table.Td>
          <Table.Td>
            {mayEdit(session) && (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Move ${event} back`}
                onClick={() => onBack(event)}
              >
                Back…
              </Button>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </WideTable>
  )
}
