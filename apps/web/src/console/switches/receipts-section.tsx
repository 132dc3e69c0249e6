import type { SwitchItem } from '@gala/contracts'
import { SimpleGrid, Text, Title } from '@mantine/core'
import { useCallback } from 'react'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'
import { useDesk } from './desk.js'

const everyMs = 2_000

/** Every process with whether it obeys the newest order of the switch, and why not when it says so. */
export function ReceiptsSection({ item }: { item: SwitchItem }) {
  const { api } = useSession()
  const { processes } = useDesk().log.board
  const { key, receipts } = item
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.switches.receipts({ params: { key } }, { signal })).data,
    [api, key],
  )
  // After a failure the board goes on telling how many; who refuses is told when it answers again.
  const { value: answer } = usePolled(ask, everyMs)
  const refused = new Map(answer?.refused.map(({ name, why }) => [name, why]))
  return (
    <section aria-label="Receipts">
      <Title order={2} size="h4" mb="xs">
        Receipts
      </Title>
      {!receipts && <Text c="dimmed">Nothing has been ordered lately that could be acknowledged.</Text>}
      {receipts && (
        <>
          <Text size="sm" mb="xs" data-testid="receipts">
            Change {receipts.position}, applied by {receipts.applied} of {receipts.total}
            {receipts.lastAckMs !== null && `, the last after ${Math.round(receipts.lastAckMs)} ms`}
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing={4}>
            {processes.map(({ name, position, detail }) => {
              const obeys = position !== null && position >= receipts.position
              const why = refused.get(name) ?? detail
              return (
                <Text key={name} size="sm" className={obeys && !refused.has(name) ? '' : 'warned'}>
                  {obeys && !refused.has(name) ? '✓' : '▲'} {name} {!obeys && `at ${position ?? '–'}`} {why ?? ''}
                </Text>
              )
            })}
          </SimpleGrid>
        </>
      )}
    </section>
  )
}
