import type { JobItem } from '@gala/contracts'
import { useState } from 'react'
import { HeldAct, type HeldActLook } from '../switches/held-act.js'
import { useAct } from '../switches/use-act.js'
import { jobChanged } from './job-changed.js'

/** What dialogs about a job are given. */
export interface JobActProps {
  /** The newest there is. */
  job: JobItem
  onDone: (said: string) => void
  onRefresh: () => Promise<void>
  onClose: () => void
}

/** One act on a job. Somebody else's change has to be looked at before. */
export function JobAct(
  props: JobActProps & HeldActLook & { send: (given: { reason: string; expectedVersion: number }) => Promise<string> },
) {
  const { job, send, ...look } = props
  const [seen, setSeen] = useState(job)
  const acting = useAct(props.onClose)
  const changed = !acting.busy && job.version !== seen.version
  return (
    <HeldAct
      {...look}
      acting={acting}
      meanwhile={changed ? jobChanged(seen, job) : undefined}
      onAgain={() => setSeen(job)}
      send={(reason) => send({ reason, expectedVersion: seen.version })}
    />
  )
}
