import { type Event, eventKinds, eventStatuses } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Button, Drawer, Group, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { mayEdit, useSession } from '../session.js'
import type { Live } from '../use-fleet.js'
import { Arrival, type Saved } from './arrival.js'
import { ConflictPanel } from './conflict-panel.js'
import { changed, type FieldName, type Fields, labels, rebased } from './event-fields.js'

const choices: Partial<Record<FieldName, readonly string[]>> = { kind: eventKinds, status: eventStatuses }

/** Edits one event: only what was changed is sent, against the version it was read at. */
export function EventEditor({ event, live, onClose }: { event: Event; live: Live; onClose: () => void }) {
  const session = useSession()
  const [read, setRead] = useState(event)
  const [mine, setMine] = useState<Event>(event)
  const [reason, setReason] = useState('')
  const [error, setError] = useState<GalaError>()
  const [saved, setSaved] = useState<Saved>()
  const [busy, setBusy] = useState(false)
  const edit = changed(read, mine)
  const save = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const body = { ...edit, expectedVersion: read.version, ...(reason && { reason }) }
      const { data } = await session.api.events.save({ params: { id: event.id }, body })
      const { position, ...now } = data
      setSaved({ version: now.version, position, atMs: Date.now() })
      setRead(now)
      setMine(now)
      setReason('')
    } catch (failure) {
      if (!(failure instanceof GalaError)) throw failure
      setError(failure)
    }
    setBusy(false)
  }
  const theirs = error?.code === 'STALE_VERSION' ? (error.current as Event | null) : null
  const settle = (next: Event) => {
    if (theirs) setRead(theirs)
    setMine(next)
    setError(undefined)
  }
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={`Edit ${event.id}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        {!mayEdit(session) && <Alert color="yellow">Your role is viewer: you can look, but not save.</Alert>}
        <EventForm fields={mine} error={error} onChange={(fields) => setMine({ ...mine, ...fields })} />
        <TextInput
          label="Reason"
          description="For the audit"
          data-testid="edit-reason"
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
        />
        {theirs && (
          <ConflictPanel
            read={read}
            mine={mine}
            theirs={theirs}
            onTheirs={() => settle(theirs)}
            onMine={() => settle(rebased(read, mine, theirs))}
          />
        )}
        {error && !theirs && (
          <Alert color="orange" role="alert" title="Not saved">
            {error.message}
          </Alert>
        )}
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            read at version <b data-testid="saved-version">{read.version}</b>
          </Text>
          <Button
            data-testid="save-event"
            loading={busy}
            disabled={!mayEdit(session) || Object.keys(edit).length === 0 || theirs !== null}
            onClick={() => void save()}
          >
            Save
          </Button>
        </Group>
        {saved && <Arrival saved={saved} live={live} />}
      </Stack>
    </Drawer>
  )
}

function EventForm(props: {
  fields: Fields
  error: GalaError | undefined
  onChange: (fields: Partial<Fields>) => void
}) {
  const { fields, error, onChange } = props
  const field = (name: FieldName) => ({
    label: labels[name],
    'data-testid': `edit-${name}`,
    value: fields[name],
    error: error?.errors.find(({ path }) => path === `body.${name}`)?.message,
  })
  const input = (name: FieldName) => {
    const data = choices[name]
    if (data)
      return (
        <Select
          key={name}
          {...field(name)}
          data={[...data]}
          allowDeselect={false}
          onChange={(v) => v && onChange({ [name]: v })}
        />
      )
    const change = (e: { currentTarget: { value: string } }) => onChange({ [name]: e.currentTarget.value })
    if (name === 'summary') return <Textarea key={name} {...field(name)} autosize minRows={2} onChange={change} />
    return <TextInput key={name} {...field(name)} onChange={change} />
  }
  return (
    <>
      {(['title', 'titleEn', 'summary', 'venue'] as const).map(input)}
      <SimpleGrid cols={2}>{(['kind', 'status', 'startAt', 'endAt'] as const).map(input)}</SimpleGrid>
    </>
  )
}
