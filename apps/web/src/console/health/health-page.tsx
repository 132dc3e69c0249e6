import type { Instance } from '@gala/contracts'
import { Alert, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { span } from '../../format/times.js'
import { type Live, useNow } from '../use-fleet.js'

/** Shape and word as well as colour: nobody should have to tell blue from orange at four in the morning. */
const shapes = { up: '●', degraded: '◆', down: '▲' }

export function HealthPage({ live }: { live: Live }) {
  const byDc = Map.groupBy(live.items, ({ dc }) => dc)
  const down = live.items.filter(({ state }) => state === 'down')
  const degraded = live.items.filter(({ state }) => state === 'degraded')
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h3">
          Health
        </Title>
        <Text c="dimmed">
          newest change <b data-testid="newest-position">{live.position ?? '–'}</b>
        </Text>
      </Group>
      {down.length > 0 && (
        <Alert color="orange" role="alert" title={`${down.length} down: ${down.map(({ name }) => name).join(', ')}`} />
      )}
      {down.length === 0 && degraded.length > 0 && (
        <Alert color="yellow" title={`${degraded.length} degraded: ${degraded.map(({ name }) => name).join(', ')}`} />
      )}
      <SimpleGrid cols={{ base: 1, xl: 2 }} spacing="xl">
        {[...byDc].map(([dc, items]) => (
          <Stack key={dc} gap={6} component="section" aria-label={dc}>
            <Title order={2} size="h4">
              {dc}
            </Title>
            <Heads />
            {items.map((item) => (
              <PartRow key={item.name} item={item} newest={live.position} />
            ))}
          </Stack>
        ))}
      </SimpleGrid>
    </Stack>
  )
}

const heads = ['', 'part', 'state', 'answers in', 'change', 'uptime, release, why']

function Heads() {
  return (
    <div className="part part-head" aria-hidden>
      {heads.map((head) => (
        <Text key={head} size="xs" c="dimmed">
          {head}
        </Text>
      ))}
    </div>
  )
}

function PartRow({ item, newest }: { item: Instance; newest: number | null }) {
  const nowMs = useNow()
  const uptime = item.startedAt && `up ${span(nowMs - Date.parse(item.startedAt))}`
  const behind = item.appliedPosition !== null && newest !== null && item.appliedPosition < newest
  return (
    <div className="part" data-state={item.state} data-testid={`part-${item.name}`}>
      <span aria-hidden>{shapes[item.state]}</span>
      <Text size="sm" fw={600} truncate>
        {item.name}
      </Text>
      <Text size="sm">{item.state}</Text>
      <Text size="sm" c="dimmed">
        {item.latencyMs === null ? '–' : `${item.latencyMs} ms`}
      </Text>
      <Text size="sm" c={behind ? 'orange' : 'dimmed'}>
        {item.appliedPosition ?? '–'}
        {behind && ' ▲'}
      </Text>
      <Text size="sm" c="dimmed" truncate title={item.detail ?? ''}>
        {[item.detail, uptime, item.release].filter(Boolean).join(' · ') || '–'}
      </Text>
    </div>
  )
}
