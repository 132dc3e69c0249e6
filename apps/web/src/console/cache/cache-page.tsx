import { Alert, Group, Loader, SimpleGrid, Stack, Title } from '@mantine/core'
import { useMemo, useState } from 'react'
import { Asked } from '../asked.js'
import { centresOf } from './cache-figures.js'
import { CentreSection } from './centre-section.js'
import { HotKeys } from './hot-keys.js'
import { InspectKey } from './inspect-key.js'
import { InvalidateForm } from './invalidate-form.js'
import { ProcessTable } from './process-table.js'
import { useCacheReport } from './use-cache-report.js'

/** What memory answers in every process of every data centre, what a process holds of a key, and how to end it. */
export function CachePage() {
  const { now, before, failure } = useCacheReport()
  const [picked, setPicked] = useState<{ key: string }>()
  const centres = useMemo(() => (now ? centresOf(now.items, before?.items) : []), [now, before])
  const spanMs = now && before ? now.atMs - before.atMs : 0
  return (
    <Stack gap="xl">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Cache
        </Title>
        {now && <Asked atMs={now.atMs} />}
      </Group>
      {failure && (
        <Alert color="orange" role="alert" title="The cache cannot be read">
          {failure}
        </Alert>
      )}
      {!now && !failure && <Loader role="status" aria-label="Loading" />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        {centres.map((centre) => (
          <CentreSection key={centre.dc} centre={centre} spanMs={spanMs} />
        ))}
      </SimpleGrid>
      {now && <ProcessTable items={now.items} before={before?.items} />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
        {centres.map(({ dc, hot }) => (
          <HotKeys key={dc} dc={dc} hot={hot} onPick={(key) => setPicked({ key })} />
        ))}
      </SimpleGrid>
      <InspectKey picked={picked} />
      <InvalidateForm centres={centres} />
    </Stack>
  )
}
