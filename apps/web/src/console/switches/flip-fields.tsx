import { NativeSelect, NumberInput, SimpleGrid, TextInput } from '@mantine/core'
import { ttls } from './switch-words.js'
import type { Wish } from './wish.js'

/** Whom and how long an order holds for. */
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
