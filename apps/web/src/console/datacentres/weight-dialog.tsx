import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useSession } from '../session.js'
import { useWhyNot } from '../switches/desk.js'
import { Dialog, hintId } from '../switches/dialog.js'
import { HoldButton } from '../switches/hold-button.js'
import { ReasonInput } from '../switches/reason-input.js'
import { ttls } from '../switches/switch-words.js'
import { useAct } from '../switches/use-act.js'
import type { Centre } from './centre-card.js'

const shares = [
  { value: '0', label: '0 %: drained, the others answer everything' },
  ...[10, 25, 50, 75].map((share) => ({ value: String(share), label: `${share} % of its own requests` })),
  { value: '100', label: '100 %: all of its own requests' },
]

/** How much of what is asked in a data centre its own application answers. */
export function WeightDialog({ item, onClose }: { item: Centre; onClose: () => void }) {
  const { api } = useSession()
  const [seen] = useState(item.weight.rev)
  const [percent, setPercent] = useState(item.weight.percent === 100 ? '0' : '100')
  const [ttl, setTtl] = useState('')
  const [reason, setReason] = useState('')
  const { busy, failure, act } = useAct(onClose)
  const hint = useWhyNot() ?? (reason.trim() === '' ? 'Give a reason first.' : undefined)
  const send = () =>
    act(async () => {
      const body = {
        percent: Number(percent),
        ttlMs: ttl === '' || percent === '100' ? null : Number(ttl),
        reason: reason.trim(),
        expectedRev: seen,
      }
      await api.datacentres.weigh({ params: { dc: item.id }, body })
      return undefined
    })
  return (
    <Dialog title={`What ${item.id} answers itself`} onClose={onClose} failure={failure} hint={hint}>
      <p className="plain">
        Access of {item.id} asks the application of the other data centres for the rest, and its own again when they do
        not answer. Its edge tells load balancers when it is drained.
      </p>
      <NativeSelect
        label="Share"
        data={shares}
        value={percent}
        data-testid="weight-percent"
        onChange={(event) => setPercent(event.currentTarget.value)}
      />
      <NativeSelect
        label="For"
        data={ttls}
        value={ttl}
        disabled={percent === '100'}
        data-testid="weight-life"
        onChange={(event) => setTtl(event.currentTarget.value)}
      />
      <ReasonInput value={reason} onChange={setReason} />
      <HoldButton
        testId="hold-weigh"
        picked
        disabled={busy || hint !== undefined}
        describedBy={hintId}
        onHeld={() => void send()}
      >
        Hold: {percent} % of {item.id}
      </HoldButton>
    </Dialog>
  )
}
