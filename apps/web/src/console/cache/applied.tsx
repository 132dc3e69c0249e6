import type { CacheProcess } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Code, Paper, SimpleGrid, Text } from '@mantine/core'
import { useCallback, useState } from 'react'
import { duration } from '../../format/amounts.js'
import { useSession } from '../session.js'
import { usePolling } from '../use-polling.js'

const everyMs = 500

export interface Written {
  position: number
  tags: readonly string[]
  /** When the platform had confirmed it (this browser's clock). */
  atMs: number
}

/** Processes, ticked off as each one reports that it has applied the change; asks until all of them have. */
export function Applied({ written: { position, tags, atMs } }: { written: Written }) {
  const { api } = useSession()
  const [items, setItems] = useState<readonly CacheProcess[]>([])
  const [afterMs, setAfterMs] = useState<ReadonlyMap<string, number>>(new Map())
  const [failure, setFailure] = useState<string>()
  const work = useCallback(
    async (signal: AbortSignal) => {
      try {
        const { data } = await api.cache.report({}, { signal })
        setItems(data.items)
        setFailure(undefined)
        const ms = Date.now() - atMs
        setAfterMs((held) => {
          const arrived = data.items.filter(({ report }) => (report?.bus.appliedPosition ?? 0) >= position)
          return new Map([...arrived.map(({ name }) => [name, ms] as const), ...held])
        })
      } catch (error) {
        if (!signal.aborted) setFailure(error instanceof GalaError ? error.message : String(error))
      }
    },
    [api, position, atMs],
  )
  const count = items.filter(({ name }) => afterMs.has(name)).length
  usePolling(work, items.length > 0 && count === items.length ? undefined : everyMs)
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
