import { Alert, Loader, Stack, Title } from '@mantine/core'
import { useCallback, useState } from 'react'
import { useSession } from '../session.js'
import { useWhyNot } from '../switches/desk.js'
import type { Live } from '../use-fleet.js'
import { usePolled } from '../use-polled.js'
import { AutomaticActs } from './automatic-acts.js'
import { RuleCard } from './rule-card.js'
import { RuleDialog, type RuleWish } from './rule-dialog.js'

const everyMs = 2_000

/** Rules that raise switches by themselves: what they see now, and what they may do. */
export function RulesPage({ live }: { live: Live }) {
  const { api } = useSession()
  const ask = useCallback(async (signal: AbortSignal) => (await api.rules.list({}, { signal })).data.items, [api])
  const { value: rules, failure, refresh } = usePolled(ask, everyMs)
  const cannot = useWhyNot()
  const [wish, setWish] = useState<RuleWish>()
  return (
    <Stack>
      <Title order={1} size="h3">
        Rules
      </Title>
      {cannot && <p className="cannot">○ {cannot}</p>}
      {failure && (
        <Alert color="orange" role="alert" title="The rules cannot be read">
          {failure}
        </Alert>
      )}
      {!rules && !failure && <Loader role="status" aria-label="Loading" />}
      <div className="cards">
        {rules?.map((rule) => (
          <RuleCard key={rule.id} rule={rule} cannot={cannot} onWish={(mode) => setWish({ rule, mode })} />
        ))}
      </div>
      <AutomaticActs live={live} />
      {wish && (
        <RuleDialog
          wish={wish}
          now={rules?.find(({ id }) => id === wish.rule.id) ?? wish.rule}
          onRefresh={refresh}
          onClose={() => setWish(undefined)}
        />
      )}
    </Stack>
  )
}
