import { Alert, Button, Group, Loader, NativeSelect, NumberInput, Stack, TextInput, Title } from '@mantine/core'
import { type FormEvent, useCallback, useState } from 'react'
import { choose, fieldOf } from '../address.js'
import { Asked } from '../asked.js'
import { EventSelect } from '../event-select.js'
import { mayEdit, useSession } from '../session.js'
import type { Live } from '../use-fleet.js'
import { usePolled } from '../use-polled.js'
import { RecordDialog } from './record-dialog.js'
import { TraceTable } from './trace-table.js'
import { keptLooks } from './trace-tree.js'

const everyMs = 5_000
const limit = 100
const kinds = ['error', 'slow', 'degraded', 'forced', 'sampled'] as const
const spans = ['5', '15', '60', '180']

export function TraceSearchView({ path, live }: { path: string; live: Live }) {
  const session = useSession()
  const { api } = session
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.pipeline.traces({ query: queryOf(path) }, { signal })).data,
    [api, path],
  )
  const { value: found, atMs, failure } = usePolled(ask, everyMs)
  const [recording, setRecording] = useState(false)
  const cannot = mayEdit(session) ? undefined : 'Your role is viewer: an operator can record a trace.'
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Traces
        </Title>
        <Group gap="md">
          {found && <Asked atMs={atMs} everyS={everyMs / 1000} />}
          <Button
            size="xs"
            data-testid="record-trace"
            disabled={cannot !== undefined}
            title={cannot}
            onClick={() => setRecording(true)}
          >
            ● Record a trace…
          </Button>
        </Group>
      </Group>
      {cannot && <p className="cannot">○ {cannot}</p>}
      <SearchForm path={path} />
      {failure && (
        <Alert color="orange" role="alert" title="The traces cannot be read">
          {failure}
        </Alert>
      )}
      {found && found.unanswered.length > 0 && (
        <Alert color="orange" role="alert" title={`▲ ${found.unanswered.join(' and ')} did not answer`}>
          What it has kept is not in this list.
        </Alert>
      )}
      {!found && !failure && <Loader role="status" aria-label="Loading" />}
      {found?.items.length === 0 && (
        <p className="plain dim" data-testid="no-traces">
          ○ Nothing like this was kept. Of what is answered in full and in time only a sample is.
        </p>
      )}
      {found && found.items.length > 0 && <TraceTable items={found.items} />}
      {found?.items.length === limit && <p className="plain dim">◐ The newest {limit}; there may be more.</p>}
      {recording && <RecordDialog live={live} onClose={() => setRecording(false)} />}
    </Stack>
  )
}

function SearchForm({ path }: { path: string }) {
  const [event, setEvent] = useState(fieldOf(path, 'event'))
  const [kept, setKept] = useState(fieldOf(path, 'kept'))
  const [route, setRoute] = useState(fieldOf(path, 'route'))
  const [slower, setSlower] = useState(fieldOf(path, 'slower'))
  const [minutes, setMinutes] = useState(fieldOf(path, 'minutes') || '15')
  const search = (submit: FormEvent) => {
    submit.preventDefault()
    choose('#traces', { event, kept, route: route.trim(), slower, minutes: minutes === '15' ? '' : minutes })
  }
  return (
    <form onSubmit={search} className="search" aria-label="Search">
      <EventSelect label="Event" all="All, and of none" testId="traces-event" value={event} onChange={setEvent} />
      <NativeSelect
        size="xs"
        label="Kept because"
        data-testid="traces-kept"
        value={kept}
        onChange={(change) => setKept(change.currentTarget.value)}
        data={[
          { value: '', label: 'any reason' },
          ...kinds.map((value) => ({ value, label: `${keptLooks[value]?.shape} ${keptLooks[value]?.words}` })),
        ]}
      />
      <TextInput
        size="xs"
        label="Route"
        placeholder="/v1/events/:id"
        data-testid="traces-route"
        className="mono"
        maxLength={120}
        value={route}
        onChange={(change) => setRoute(change.currentTarget.value)}
      />
      <NumberInput
        size="xs"
        label="Slower than, ms"
        data-testid="traces-slower"
        min={0}
        max={600_000}
        allowDecimal={false}
        hideControls
        value={slower}
        onChange={(value) => setSlower(String(value))}
      />
      <NativeSelect
        size="xs"
        label="Of the last"
        data-testid="traces-minutes"
        value={minutes}
        onChange={(change) => setMinutes(change.currentTarget.value)}
        data={spans.map((value) => ({ value, label: `${value} minutes` }))}
      />
      <Button type="submit" size="xs" variant="default" data-testid="search-traces">
        Search
      </Button>
    </form>
  )
}

function queryOf(path: string) {
  const [event, route, kept] = [fieldOf(path, 'event'), fieldOf(path, 'route'), fieldOf(path, 'kept')]
  const kind = kinds.find((of) => of === kept)
  return {
    limit,
    minutes: Number(spans.find((of) => of === fieldOf(path, 'minutes')) ?? '15'),
    slowerThanMs: Math.min(600_000, Math.max(0, Math.floor(Number(fieldOf(path, 'slower')) || 0))),
    ...(event && { event }),
    ...(route && { route: route.slice(0, 120) }),
    ...(kind && { kept: kind }),
  }
}
