import type { AuditEntry } from '@gala/contracts'
import { useEffect, useState } from 'react'
import { useSession } from '../session.js'
import type { Live } from '../use-fleet.js'

const shownMax = 12

const time = (iso: string) => new Date(iso).toLocaleTimeString('en-GB')

/** The last acts of anybody, refused ones too; new ones come by themselves. */
export function AuditFeed({ live }: { live: Live }) {
  const entries = useNewest(live)
  return (
    <section className="panel audit-feed" aria-label="Audit" data-testid="audit-feed">
      <h2>Audit</h2>
      <ol className="plain">
        {entries.map((entry) => (
          <li key={entry.id} className="audit-line">
            <span className="dim">{time(entry.at)}</span>
            <b className="cut">{entry.actor}</b>
            <span className="cut">
              {entry.outcome === 'refused' && <span className="warned">▲ {entry.code} </span>}
              {entry.action.replace(/^ops\./, '')} {entry.target} {summary(entry)}{' '}
              {entry.reason && <span className="dim">“{entry.reason}”</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** What an entry put there, when it fits into a word: `→ static`. */
function summary({ after }: AuditEntry): string {
  const now = (after ?? {}) as Record<string, unknown>
  const word = now['state'] ?? now['mode'] ?? now['level']
  return typeof word === 'string' || typeof word === 'number' ? `→ ${word}` : ''
}

/** Those there were at the beginning and after a lost link, and those that came over the stream since. */
function useNewest({ audit, linked }: Live): AuditEntry[] {
  const { api } = useSession()
  const [read, setRead] = useState<readonly AuditEntry[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a link that came back is a reason to read what was missed.
  useEffect(() => {
    api.fleet.audit({ query: { pageSize: shownMax } }).then(
      ({ data }) => setRead(data.items),
      () => undefined,
    )
  }, [api, linked])
  const byId = new Map([...read, ...audit].map((entry) => [entry.id, entry]))
  return [...byId.values()].toSorted((a, b) => b.id - a.id).slice(0, shownMax)
}
