import type { ResilienceProcess } from '@gala/contracts'
import { Alert, Group, Loader, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useMemo, useState } from 'react'
import { Asked } from '../asked.js'
import { mayEdit, useSession } from '../session.js'
import { useNow } from '../use-fleet.js'
import { Acknowledged, type Written } from './acknowledged.js'
import { BreakerCard, type Picked } from './breaker-card.js'
import { figuresOf } from './breaker-figures.js'
import { LimitsTable } from './limits-table.js'
import { OrderForm } from './order-form.js'
import { PoolsSection } from './pools-section.js'
import { SheddingTable } from './shedding-table.js'
import { type Report, useBreakers } from './use-breakers.js'

/** Breakers of every dependency as all processes see them, the means to order them, and what else protects the platform. */
export function BreakersPage() {
  const [written, setWritten] = useState<Written>()
  const { now, failure } = useBreakers(written?.position)
  const [picked, setPicked] = useState<Picked>()
  const names = [...new Set(['application', ...(now?.items ?? []).map(({ name }) => name), 'dc'])]
  const dcs = now?.pools.items.map(({ dc }) => dc) ?? []
  return (
    <Stack gap="xl">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Breakers
        </Title>
        {now && <Asked atMs={now.atMs} />}
      </Group>
      {failure && (
        <Alert color="orange" role="alert" title="The breakers cannot be read">
          {failure}
        </Alert>
      )}
      {!now && !failure && <Loader role="status" aria-label="Loading" />}
      {now && <Silent processes={now.processes} />}
      {now && <Grid now={now} dcs={dcs} onPick={setPicked} />}
      <OrderForm
        names={names}
        dcs={dcs}
        processes={now?.processes.length ?? 0}
        picked={picked}
        onWritten={setWritten}
      />
      {written && now && (
        <Acknowledged written={written} processes={now.processes} lastAckMs={lastAckOf(now, written.position)} />
      )}
      {now && <PoolsSection pools={now.pools} onWritten={setWritten} />}
      {now && <SheddingTable processes={now.processes} />}
      {now && <LimitsTable processes={now.processes} />}
    </Stack>
  )
}

function lastAckOf({ items, pools }: Report, position: number): number | null | undefined {
  const receipts = [...items, ...pools.moves].flatMap((of) => of.receipts ?? [])
  return receipts.find((of) => of.position === position)?.lastAckMs
}

function Grid({ now, dcs, onPick }: { now: Report; dcs: readonly string[]; onPick: (picked: Picked) => void }) {
  const session = useSession()
  const nowMs = useNow()
  const byDc = useMemo(() => figuresOf(now.items, now.processes), [now])
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
      {[...new Set([...dcs, ...byDc.keys()])].map((dc) => (
        <Stack key={dc} gap="sm" component="section" aria-label={dc} data-testid={`breakers-${dc}`}>
          <Title order={2} size="h4">
            What stands in {dc}
          </Title>
          {!byDc.has(dc) && (
            <Text c="dimmed" size="sm">
              No process tells of a breaker, and nothing is ordered.
            </Text>
          )}
          {byDc.get(dc)?.map((figures) => (
            <BreakerCard
              key={figures.item.name}
              figures={figures}
              nowMs={nowMs}
              mayOrder={mayEdit(session)}
              onPick={onPick}
            />
          ))}
        </Stack>
      ))}
    </SimpleGrid>
  )
}

function Silent({ processes }: { processes: readonly ResilienceProcess[] }) {
  const silent = processes.filter(({ report }) => !report)
  return (
    <div role="status">
      {silent.length > 0 && (
        <Alert color="orange" title={`▲ ${silent.length} of ${processes.length} do not answer`}>
          {silent.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}
        </Alert>
      )}
    </div>
  )
}
