import type { Rung } from '@gala/contracts'
import { NativeSelect, NumberInput, SimpleGrid, TextInput } from '@mantine/core'
import { ttls } from './switch-words.js'

/** Whom and how long an order holds for, as it is typed. */
export interface Wish {
  reason: string
  dc: string
  percent: number
  clientBelow: string
  ttlMs: string
}

export const blankWish: Wish = { reason: '', dc: '', percent: 100, clientBelow: '', ttlMs: '' }

const version = /^\d{1,5}(\.\d{1,5}){0,2}$/

/** Why the API would not take the wish; undefined: it would. */
export function flaw({ reason, percent, clientBelow }: Wish): string | undefined {
  if (reason.trim() === '') return 'Give a reason first.'
  if (!(percent >= 1 && percent <= 100)) return 'The share of viewers goes from 1 to 100 %.'
  if (clientBelow !== '' && !version.test(clientBelow)) return 'A client version looks like 2.1.0.'
  return undefined
}

export function FlipFields(props: { wish: Wish; dcs: readonly string[]; onChange: (over: Partial<Wish>) => void }) {
  const { wish, dcs, onChange } = props
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, sm: 4 }} spacing="sm">
      <NativeSelect
        label="Where"
        data-testid="flip-dc"
        value={wish.dc}
        onChange={(event) => onChange({ dc: event.currentTarget.value })}
        data={[{ value: '', label: 'Everywhere' }, ...dcs]}
      />
      <NativeSelect
        label="For how long"
        data-testid="flip-ttl"
        value={wish.ttlMs}
        onChange={(event) => onChange({ ttlMs: event.currentTarget.value })}
        data={ttls}
      />
      <NumberInput
        label="Viewers, %"
        data-testid="flip-percent"
        min={1}
        max={100}
        allowDecimal={false}
        value={wish.percent}
        onChange={(value) => onChange({ percent: Number(value) })}
        hideControls
      />
      <TextInput
        label="Clients below"
        data-testid="flip-client"
        placeholder="all"
        value={wish.clientBelow}
        onChange={(event) => onChange({ clientBelow: event.currentTarget.value.trim() })}
      />
    </SimpleGrid>
  )
}

/** The wish as the API takes it. */
export function orderBody(wish: Wish, state: 'auto' | Rung, expectedRev: number) {
  const { dc, percent, clientBelow, ttlMs } = wish
  const scope = {
    ...(dc !== '' && { dc }),
    // Whom a release is for is not a question: it ends the order.
    ...(state !== 'auto' && percent < 100 && { percent }),
    ...(state !== 'auto' && clientBelow !== '' && { clientBelow }),
  }
  return {
    state,
    reason: wish.reason.trim(),
    expectedRev,
    ...(Object.keys(scope).length > 0 && { scope }),
    ...(state !== 'auto' && ttlMs !== '' && { ttlMs: Number(ttlMs) }),
  }
}
