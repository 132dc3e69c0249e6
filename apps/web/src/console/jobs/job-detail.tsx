import type { JobItem, Slot } from '@gala/contracts'
import { Alert, Button, Loader, Stack, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { Asked } from '../asked.js'
import { useSession } from '../session.js'
import { useCannot } from '../use-cannot.js'
import { usePolled } from '../use-polled.js'
import type { JobActProps } from './job-act.js'
import { BackfillDialog, PauseDialog, RemoveDialog, RunDialog, type SlotAct, SlotDialog } from './job-dialogs.js'
import { JobFacts } from './job-facts.js'
import { JobForm } from './job-form.js'
import { SlotHistory } from './slot-history.js'
import { everyMs } from './use-board.js'

type Wish = 'run' | 'pause' | 'backfill' | 'remove' | 'edit' | { slot: Slot; act: SlotAct }

/** One job: what it is, what has become of its slots, and what can be done to it. */
export function JobDetail({ id }: { id: string }) {
  const { api } = useSession()
  const ask = useCallback(
    async (signal: AbortSignal) => (await api.jobs.detail({ params: { id } }, { signal })).data,
    [api, id],
  )
  const { value: job, atMs, failure, refresh } = usePolled(ask, everyMs)
  const cannot = useCannot(atMs)
  const [wish, setWish] = useState<Wish>()
  const [said, setSaid] = useState('')
  const acts = { onDone: setSaid, onRefresh: refresh, onClose: () => setWish(undefined) }
  return (
    <Stack gap="md">
      <a href="#jobs" className="back">
        ← All jobs
      </a>
      {failure && (
        <Alert color="orange" role="alert" title="The job cannot be read">
          {failure}
        </Alert>
      )}
      {!job && !failure && <Loader role="status" aria-label="Loading" />}
      {job && (
        <>
          <div className="row">
            <div>
              <Title order={1} size="h3">
                {job.title}
              </Title>
              <span className="dim">{job.id}</span>
            </div>
            <span className="spacer" />
            <span role="status" data-testid="said">
              {said && `✓ ${said}`}
            </span>
            <Asked atMs={atMs} everyS={everyMs / 1000} />
          </div>
          {cannot && <p className="cannot">○ {cannot}</p>}
          {job.paused && (
            <p className="held" data-testid="paused-line">
              <b>‖ Paused</b> by {job.paused.by}, {dayAndTime(job.paused.at)}: “{job.paused.reason}”. Slots that fall
              due are skipped.
            </p>
          )}
          <Means job={job} cannot={cannot} onWish={setWish} />
          <JobFacts job={job} />
          <SlotHistory job={job} cannot={cannot} onAct={(slot, act) => setWish({ slot, act })} />
          {wish && <WishDialog wish={wish} acts={{ job, ...acts }} />}
        </>
      )}
    </Stack>
  )
}

function Means(props: { job: JobItem; cannot: string | undefined; onWish: (wish: Wish) => void }) {
  const { job, cannot, onWish } = props
  const script = job.step ? 'A step of a timeline is changed on the page of the timeline.' : undefined
  const gone = job.removed ? 'It is removed.' : undefined
  const means: { wish: Exclude<Wish, object>; label: string; why: string | undefined }[] = [
    { wish: 'run', label: '▶ Run now…', why: script ?? gone },
    { wish: 'pause', label: job.paused ? '▶ Go on…' : '‖ Pause…', why: gone },
    { wish: 'backfill', label: '↺ Backfill…', why: script ?? gone },
    { wish: 'edit', label: '✎ Edit…', why: script },
    { wish: 'remove', label: job.removed ? '↶ Bring back…' : '✕ Remove…', why: script },
  ]
  return (
    <div className="row">
      {means.map(({ wish, label, why }) => (
        <Button
          key={wish}
          size="xs"
          variant="default"
          data-testid={`wish-${wish}`}
          disabled={(cannot ?? why) !== undefined}
          title={cannot ?? why}
          onClick={() => onWish(wish)}
        >
          {label}
        </Button>
      ))}
      {job.event && job.step && <a href={`#timeline/${job.event}`}>It is a step of the timeline of {job.event}</a>}
    </div>
  )
}

function WishDialog({ wish, acts }: { wish: Wish; acts: JobActProps }) {
  if (typeof wish === 'object') return <SlotDialog {...acts} {...wish} />
  switch (wish) {
    case 'run':
      return <RunDialog {...acts} />
    case 'pause':
      return <PauseDialog {...acts} />
    case 'backfill':
      return <BackfillDialog {...acts} />
    case 'remove':
      return <RemoveDialog {...acts} />
    case 'edit':
      return (
        <JobForm
          job={acts.job}
          onClose={acts.onClose}
          onSaved={() => {
            acts.onDone('it is saved')
            void acts.onRefresh()
          }}
        />
      )
  }
}
