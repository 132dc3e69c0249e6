import type { JobItem } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Button, Drawer, Group, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'
import { ChangedPanel } from '../switches/changed-panel.js'
import { useServerNow, useWhyNot } from '../switches/desk.js'
import { HandlerFields } from './handler-fields.js'
import { jobBody, jobFlaws } from './job-body.js'
import { jobChanged } from './job-changed.js'
import { type FormPart, type JobDraft, jobDraft } from './job-edits.js'
import { PolicyFields } from './policy-fields.js'
import { ScheduleFields } from './schedule-fields.js'

/** Makes a job, or changes one: only what was changed is sent, against the version it was read at. */
export function JobForm(props: { job: JobItem | undefined; onSaved: (job: JobItem) => void; onClose: () => void }) {
  const { job, onClose } = props
  const { seen, setSeen, part, changed, hint, busy, failure, reason, setReason, save } = useJobForm(props)
  const [tried, setTried] = useState(false)
  const told = seen || tried ? part : { ...part, flaws: {} }
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={job ? `Edit ${job.id}` : 'New job'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      transitionProps={{ duration: 0 }}
    >
      <Stack gap="md" data-testid="job-form" onBlur={() => setTried(true)}>
        {changed && job && seen && <ChangedPanel meanwhile={jobChanged(seen, job)} onAgain={() => setSeen(job)} />}
        <Names {...told} fresh={!seen} />
        <ScheduleFields {...told} />
        <HandlerFields {...told} />
        <PolicyFields {...told} />
        <TextInput
          label="Reason"
          placeholder="For the audit"
          data-testid="job-reason"
          autoComplete="off"
          maxLength={400}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {failure && (
          <Alert color="orange" role="alert" title="Not saved" data-testid="act-failure">
            {failure}
          </Alert>
        )}
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {hint ?? (seen ? `read at version ${seen.version}` : 'a new job')}
          </Text>
          <Button data-testid="save-job" loading={busy} disabled={hint !== undefined} onClick={() => void save()}>
            {job ? 'Save' : 'Make the job'}
          </Button>
        </Group>
      </Stack>
    </Drawer>
  )
}

/** What is typed, what is wrong with it, and the means to save it. */
function useJobForm(props: { job: JobItem | undefined; onSaved: (job: JobItem) => void; onClose: () => void }) {
  const { job, onSaved, onClose } = props
  const { api } = useSession()
  const nowMs = useServerNow()
  const cannot = useWhyNot()
  const [seen, setSeen] = useState(job)
  const [draft, setDraft] = useState(() => jobDraft(job, nowMs))
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const flaws = jobFlaws(draft, seen)
  const body = Object.keys(flaws).length === 0 ? jobBody(draft, seen) : undefined
  const changed = !busy && job !== undefined && job.version !== seen?.version
  const hint = cannot ?? (changed ? 'Look at what has changed first.' : flawOf(body, seen, reason))
  const save = async () => {
    setBusy(true)
    setFailure(undefined)
    try {
      const given = { ...body, reason: reason.trim(), expectedVersion: seen?.version ?? 0 }
      onSaved((await api.jobs.save({ params: { id: draft.id }, body: given })).data)
      onClose()
    } catch (error) {
      setFailure(wordsOf(error, draft.id, seen !== undefined))
      setBusy(false)
    }
  }
  const onChange = (over: Partial<JobDraft>) => setDraft((held) => ({ ...held, ...over }))
  const part: FormPart = { draft, flaws, onChange }
  return { seen, setSeen, part, changed, hint, busy, failure, reason, setReason, save }
}

/** Why the form cannot be sent yet; undefined: it can. */
function flawOf(body: object | undefined, seen: JobItem | undefined, reason: string): string | undefined {
  if (!body) return 'Some fields are not right yet.'
  if (seen && Object.keys(body).length === 0) return 'Nothing is changed yet.'
  return reason.trim() === '' ? 'Give a reason first.' : undefined
}

function wordsOf(error: unknown, id: string, known: boolean): string {
  if (!(error instanceof GalaError)) return String(error)
  if (error.code === 'STALE_VERSION')
    return known ? 'Nothing was changed: somebody else was faster.' : `There is a job called ${id} already.`
  return [error.message, ...error.errors.map(({ path, message }) => `${path}: ${message}`)].join('; ')
}

function Names({ draft, flaws, onChange, fresh }: FormPart & { fresh: boolean }) {
  return (
    <>
      <TextInput
        label="Id"
        description={fresh ? 'It cannot be changed later.' : undefined}
        data-testid="job-id"
        disabled={!fresh}
        autoComplete="off"
        value={draft.id}
        error={flaws.id}
        onChange={(event) => onChange({ id: event.currentTarget.value })}
      />
      <TextInput
        label="Title"
        data-testid="job-title"
        autoComplete="off"
        maxLength={120}
        value={draft.title}
        error={flaws.title}
        onChange={(event) => onChange({ title: event.currentTarget.value })}
      />
    </>
  )
}
