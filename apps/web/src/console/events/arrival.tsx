import { Paper, SimpleGrid, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { Live } from '../use-fleet.js'

export interface Saved {
  version: number
  position: number
  /** When the platform had confirmed it (this browser's clock). */
  atMs: number
}

/** Processes that follow changes, ticked off as each one reports the position of what was saved. */
export function Arrival({ saved, live }: { saved: Saved; live: Live }) {
  const [seen, setSeen] = useState<ReadonlyMap<string, number>>(new Map())
  const followers = live.items.filter(({ kind }) => kind === 'access' || kind === 'application' || kind === 'base')
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new save starts a new list.
  useEffect(() => setSeen(new Map()), [saved.position])
  useEffect(() => {
    setSeen((held) => {
      const arrived = live.items.filter((item) => (item.appliedPosition ?? 0) >= saved.position && !held.has(item.name))
      if (arrived.length === 0) return held
      return new Map([...held, ...arrived.map(({ name }) => [name, Date.now() - saved.atMs] as const)])
    })
  }, [live, saved])
  const count = followers.filter(({ name }) => seen.has(name)).length
  return (
    <Paper p="md" bg="#151c2e" role="status">
      <Text size="sm" mb="xs">
        Version {saved.version} has arrived in{' '}
        <b data-testid="arrived-count">
          {count}/{followers.length}
        </b>{' '}
        processes
      </Text>
      <SimpleGrid cols={2} spacing={4}>
        {followers.map(({ name }) => (
          <Text key={name} size="sm" c={seen.has(name) ? 'white' : 'dimmed'}>
            {seen.has(name) ? '✓' : '…'} {name}
          </Text>
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed" mt="xs">
        As seen by the health probes, which look twice a second.
      </Text>
    </Paper>
  )
}
