import type { BreakerMode } from '@gala/contracts'
import { GalaError } from '@gala/sdk'
import { Alert, Button, Group, NativeSelect, Radio, Stack, TextInput, Title } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { mayEdit, useSession } from '../session.js'
import type { Written } from './acknowledged.js'
import type { Picked } from './breaker-card.js'
import { durations, modes, scopeOf } from './breaker-words.js'
import { ConfirmOrder, type Wish } from './confirm-order.js'

const blank: Wish = { mode: 'forced-open', name: 'application', dc: '', ttlMs: '300000', reason: '' }

/** Orders breakers, in every process. `picked` is a breaker chosen elsewhere on the page. */
export function OrderForm(props: {
  names: readonly string[]
  dcs: readonly string[]
  processes: number
  picked: Picked | undefined
  onWritten: (written: Written | undefined) => void
}) {
  const { names, dcs, processes, picked, onWritten } = props
  const session = useSession()
  const [wish, setWish] = useState(blank)
  const [asked, setAsked] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const title = useRef<HTMLHeadingElement>(null)
  const change = (over: Partial<Wish>) => setWish((held) => ({ ...held, ...over }))
  useEffect(() => {
    if (!picked) return
    const { name, dc, release } = picked
    setWish((held) => ({ ...held, name, dc, mode: release ? 'auto' : held.mode === 'auto' ? blank.mode : held.mode }))
    title.current?.scrollIntoView({ block: 'center' })
    title.current?.focus()
  }, [picked])
  const send = async () => {
    setAsked(false)
    setBusy(true)
    setFailure(undefined)
    onWritten(undefined)
    const { name, mode, dc, ttlMs } = wish
    try {
      const body = {
        mode,
        reason: wish.reason.trim(),
        ...(dc !== '' && { dc }),
        ...(mode !== 'auto' && { ttlMs: Number(ttlMs) }),
      }
      const { data } = await session.api.breakers.order({ params: { name }, body })
      onWritten({ position: data.position, what: `${name} in ${scopeOf(dc)} ${modes[mode].done}` })
      change({ reason: '' })
    } catch (error) {
      setFailure(error instanceof GalaError ? error.message : String(error))
    }
    setBusy(false)
  }
  return (
    <Stack gap="sm" component="section" aria-label="Order breakers">
      <Title order={2} size="h4" ref={title} tabIndex={-1}>
        Order breakers
      </Title>
      {!mayEdit(session) && <Alert color="yellow">Your role is viewer: you can look, but not order.</Alert>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          setAsked(true)
        }}
      >
        <Stack gap="sm">
          <Radio.Group
            label="What to do"
            description={modes[wish.mode].means}
            value={wish.mode}
            onChange={(mode) => change({ mode: mode as BreakerMode })}
          >
            <Group mt={6}>
              {Object.entries(modes).map(([mode, { label }]) => (
                <Radio key={mode} value={mode} label={label} data-testid={`order-mode-${mode}`} />
              ))}
            </Group>
          </Radio.Group>
          <Group align="flex-end">
            <NativeSelect
              label="Dependency"
              data-testid="order-name"
              value={wish.name}
              onChange={(event) => change({ name: event.currentTarget.value })}
              data={[...new Set([...names, wish.name])].map((name) => ({
                value: name,
                label: name === 'dc' ? 'dc: everything there' : name,
              }))}
            />
            <NativeSelect
              label="Where it stands"
              data-testid="order-dc"
              value={wish.dc}
              onChange={(event) => change({ dc: event.currentTarget.value })}
              data={[{ value: '', label: 'All data centres' }, ...dcs]}
            />
            <NativeSelect
              label="For"
              data-testid="order-ttl"
              disabled={wish.mode === 'auto'}
              value={wish.ttlMs}
              onChange={(event) => change({ ttlMs: event.currentTarget.value })}
              data={durations}
            />
            <TextInput
              className="grows"
              label="Reason"
              placeholder="For the audit, and for whoever meets the order"
              data-testid="order-reason"
              maxLength={400}
              value={wish.reason}
              onChange={(event) => change({ reason: event.currentTarget.value })}
            />
            <Button
              type="submit"
              data-testid="order-breakers"
              loading={busy}
              disabled={!mayEdit(session) || wish.reason.trim() === ''}
            >
              {modes[wish.mode].label}…
            </Button>
          </Group>
        </Stack>
      </form>
      <ConfirmOrder
        opened={asked}
        wish={wish}
        processes={processes}
        onYes={() => void send()}
        onNo={() => setAsked(false)}
      />
      {failure && (
        <Alert color="orange" role="alert" title="Not ordered">
          {failure}
        </Alert>
      )}
    </Stack>
  )
}
