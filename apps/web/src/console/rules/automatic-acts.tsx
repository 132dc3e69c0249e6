import type { AuditEntry } from '@gala/contracts'
import { Text, Title } from '@mantine/core'
import { useEffect, useState } from 'react'
import { dayAndTime } from '../../format/times.js'
import { useSession } from '../session.js'
import type { Live } from '../use-fleet.js'

/** What the audit calls the acts of rules. */
const action = /^(rules|automatic)\./
const shownMax = 15

/** What rules have done lately, and what they would have done; new acts come over the stream. */
export function AutomaticActs({ live }: { live: Live }) {
  const { api } = useSession()
  const [read, setRead] = useState<readonly AuditEntry[]>([])
  useEffect(() => {
    api.fleet.audit({ query: { pageSize: 100 } }).then(
      ({ data }) => setRead(data.items),
      () => undefined,
    )
  }, [api])
  const byId = new Map([...read, ...live.audit].map((entry) => [entry.id, entry]))
  const acts = [...byId.values()].filter((entry) => action.test(entry.action)).toSorted((a, b) => b.id - a.id)
  return (
    <section aria-label="Recent acts of rules">
      <Title order={2} size="h4" mb="xs">
        Recent acts of rules
      </Title>
      {acts.length === 0 && <Text c="dimmed">None among the newest hundred entries of the audit.</Text>}
      <ul className="plain" data-testid="automatic-acts">
        {acts.slice(0, shownMax).map(({ id, at, action: what, target, actor, reason }) => (
          <li key={id}>
            <span className="dim">{dayAndTime(at)}</span> <b>{what}</b> {target} by {actor}: {reason}
          </li>
        ))}
      </ul>
    </section>
  )
}
