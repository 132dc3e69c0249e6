import type { CacheProcess } from '@gala/contracts'
import { Code, Paper, SimpleGrid, Text } from '@mantine/core'
import { useCallback } from 'react'
import { duration } from '../../format/amounts.js'
import { useSession } from '../session.js'
import { usePolled } from '../use-polled.js'

const everyMs = 500

export interface Written {
  position: number
  tags: readonly string[]
  /** When the platform had confirmed it (this browser's clock). */
  atMs: number
}

interface Seen {
  items: readonly CacheProcess[]
  /** How long each process took that has applied it. */
  afterMs: ReadonlyMap<string, number>
}

const nothingSeen: Seen = { items: [], afterMs: new Map() }

/** Processes, ticked off as each one reports that it has applied the change; asks until all of them have. */
export function Applied({ written: { position, tags, atMs } }: { written: Written }) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal, held: Seen | undefined): Promise<Seen> => {
      const { items } = (await api.cache.report({}, { signal })).data
      const ms = Date.now() - atMs
      const arrived = items.filter(({ report }) => (report?.bus.appliedPosition ?? 0) >= position)
      return { items, afterMs: new Map([...arrived.map(({ name }) => [name, ms] as const), ...(held?.afterMs ?? [])]) }
    },
    [api, position, atMs],
  )
  const { value, failure } = usePolled(ask, (held) => (isComplete(held) ? undefined : everyMs))
  const { items, afterMs } = value ?? nothingSeen
  const count = items.filter(({ name }) => afterMs.has(name)).length
  return (
    <Paper p="md" bg="#151c2e" role="status">
      <Text size="sm" mb="xs">
        Change <b data-testid="invalidated-position">{position}</b> ends what was made from{' '}
        {tags.map((tag) => (
          <Code key={tag} className="key" mr={4}>
            {tag}
          </Code>
        ))}
        and is applied by{' '}
        <b data-testid="applied-count">
          {count} of {items.length}
        </b>{' '}
        processes
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={4}>
        {items.map(({ name, detail }) => {
          const ms = afterMs.get(name)
          return (
            <Text key={name} size="sm" c={ms === undefined ? 'dimmed' : 'white'}>
              {ms === undefined ? `… ${name} ${detail ?? ''}` : `✓ ${name} seen after ${duration(ms)}`}
            </Text>
          )
        })}
      </SimpleGrid>
      {failure && (
        <Text size="sm" c="orange" mt="xs">
          ▲ {failure}
        </Text>
      )}
    </Paper>
  )
}

const isComplete = ({ items, afterMs } = nothingSeen) =>
  items.length > 0 && items.every(({ name }) => afterMs.has(name))
