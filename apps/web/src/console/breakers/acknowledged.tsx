import type { ResilienceProcess } from '@gala/contracts'
import { Paper, SimpleGrid, Text } from '@mantine/core'
import { duration } from '../../format/amounts.js'
import { laggardsOf } from './breaker-figures.js'

export interface Written {
  position: number
  /** What was ordered, in words. */
  what: string
}

/** Processes, ticked off as each one says that it obeys. `lastAckMs`: how long the last one took, once base knows. */
export function Acknowledged(props: {
  written: Written
  processes: readonly ResilienceProcess[]
  lastAckMs: number | null | undefined
}) {
  const { written, processes, lastAckMs } = props
  const laggards = laggardsOf(processes, written.position)
  const count = processes.length - laggards.length
  return (
    <Paper p="md" bg="#151c2e" role="status" data-testid="acknowledged">
      <Text size="sm" mb="xs">
        {written.what}: change <b data-testid="ordered-position">{written.position}</b>, applied by{' '}
        <b data-testid="acknowledged-count">
          {count} of {processes.length}
        </b>{' '}
        processes
        {laggards.length > 0 && `, waiting for ${laggards.join(', ')}`}
        {laggards.length === 0 && typeof lastAckMs === 'number' && `, the last after ${duration(lastAckMs)}`}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing={4}>
        {processes.map(({ name, detail }) => {
          const waiting = laggards.includes(name)
          return (
            <Text key={name} size="sm" c={waiting ? 'dimmed' : 'white'}>
              {waiting ? `… ${name} ${detail ?? ''}` : `✓ ${name}`}
            </Text>
          )
        })}
      </SimpleGrid>
    </Paper>
  )
}
