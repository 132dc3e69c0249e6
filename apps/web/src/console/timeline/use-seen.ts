import type { AuditEntry, Timeline } from '@gala/contracts'
import { useEffect, useState } from 'react'
import { useSession } from '../session.js'
import type { Meanwhile } from '../switches/changed.js'
import { timelineChanged } from './change-words.js'

/** The timeline somebody decides on, and what others have changed of it since; `now` is the newest. */
export function useSeen(now: Timeline, busy: boolean) {
  const [seen, setSeen] = useState(now)
  const changed = !busy && now.version !== seen.version
  const last = useLastChange(now.event.id, changed ? now.version : undefined)
  const meanwhile: Meanwhile | undefined = changed
    ? { who: last?.actor ?? 'Somebody', at: last?.at ?? '', reason: last?.reason ?? '', ...timelineChanged(seen, now) }
    : undefined
  return { seen, meanwhile, again: () => setSeen(now) }
}

/** As many entries of the audit as are looked through for a name. */
const lookedThrough = 50

/** Who changed the timeline last, asked for when there is a new version to ask about. */
function useLastChange(event: string, version: number | undefined): AuditEntry | undefined {
  const { api } = useSession()
  const [entry, setEntry] = useState<AuditEntry>()
  useEffect(() => {
    if (version === undefined) return
    api.fleet.audit({ query: { pageSize: lookedThrough } }).then(
      ({ data }) => setEntry(data.items.find((item) => isChange(item, event))),
      // Nobody is named then: what has changed is told all the same.
      () => setEntry(undefined),
    )
  }, [api, event, version])
  return entry
}

const isChange = ({ action, target, outcome }: AuditEntry, event: string) =>
  outcome === 'done' && action.startsWith('timeline.') && target.split(/[:./]/).includes(event)
