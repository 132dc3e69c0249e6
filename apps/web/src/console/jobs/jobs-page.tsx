import type { JobItem } from '@gala/contracts'
import { Alert, Button, Group, Loader, NativeSelect, Stack, Text, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { Asked } from '../asked.js'
import { Pages } from '../pages.js'
import { useEvents } from '../room/use-events.js'
import { useSession } from '../session.js'
import { useCannot } from '../use-cannot.js'
import { usePolled } from '../use-polled.js'
import { BoardPanels } from './board-panels.js'
import { JobDetail } from './job-detail.js'
import { JobForm } from './job-form.js'
import { jobHash } from './job-hash.js'
import { JobTable } from './job-table.js'
import { QueuesButton } from './queues-button.js'
import { everyMs, useBoard } from './use-board.js'

const pageSize = 50

/** Everything that is run at a time. `path` is what the address says after `#jobs/`: a job, or nothing. */
export function JobsPage({ path }: { path: string }) {
  return path === '' ? <JobList /> : <JobDetail key={path} id={path} />
}

function JobList() {
  const [event, setEvent] = useState('')
  const [page, setPage] = useState(1)
  const { value: list, atMs, failure } = useJobs(event, page)
  const { value: board, failure: unread } = useBoard(event || undefined)
  const [making, setMaking] = useState(false)
  const cannot = useCannot(atMs)
  const events = useEvents()
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Jobs
        </Title>
        {list && <Asked atMs={atMs} everyS={everyMs / 1000} />}
      </Group>
      {cannot && <p className="cannot">○ {cannot}</p>}
      {(failure ?? unread) && (
        <Alert color="orange" role="alert" title={failure ? 'The jobs cannot be read' : 'The schedule cannot be read'}>
          {failure ?? unread}
        </Alert>
      )}
      {board && <BoardPanels board={board} />}
      <Group align="flex-end" gap="sm">
        <NativeSelect
          size="xs"
          label="Event"
          data-testid="jobs-event"
          value={event}
          onChange={(change) => {
            setEvent(change.currentTarget.value)
            setPage(1)
          }}
          data={[
            { value: '', label: 'All, and jobs of no event' },
            ...(events ?? []).map(({ id, title, titleEn }) => ({ value: id, label: titleEn || title })),
          ]}
        />
        <span className="spacer" />
        <QueuesButton />
        <Button
          size="xs"
          data-testid="new-job"
          disabled={cannot !== undefined}
          title={cannot}
          onClick={() => setMaking(true)}
        >
          ＋ New job…
        </Button>
      </Group>
      {!list && !failure && <Loader role="status" aria-label="Loading" />}
      {list?.items.length === 0 && <Text c="dimmed">There is no job.</Text>}
      {list && list.items.length > 0 && <JobTable jobs={list.items} />}
      {list && <Pages page={page} total={list.total} pageSize={pageSize} onPage={setPage} />}
      {making && (
        <JobForm
          job={undefined}
          onClose={() => setMaking(false)}
          onSaved={({ id }) => {
            location.hash = jobHash(id)
          }}
        />
      )}
    </Stack>
  )
}

function useJobs(event: string, page: number) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal) => {
      const query = { page, pageSize, ...(event !== '' && { event }) }
      return (await api.jobs.list({ query }, { signal })).data as { items: JobItem[]; total: number }
    },
    [api, event, page],
  )
  return usePolled(ask, everyMs)
}
