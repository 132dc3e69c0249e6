import type { BreakerItem, BreakerState } from '@gala/contracts'
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { duration, percent, whole } from '../../format/amounts.js'
import { span } from '../../format/times.js'
import type { BreakerFigures } from './breaker-figures.js'
import { inTime, modes, states } from './breaker-words.js'
import { EachBreaker } from './each-breaker.js'
import { StateBadge } from './state-badge.js'

/** Names of processes shown before the rest is counted; each of them stands in the table that is folded away. */
const namesMax = 6

/** What the form is filled in with. */
export interface Picked {
  name: string
  dc: string
  release: boolean
}

/** One dependency of one data centre, as all processes see it. */
export function BreakerCard(props: {
  figures: BreakerFigures
  nowMs: number
  mayOrder: boolean
  onPick: (picked: Picked) => void
}) {
  const { figures, nowMs, mayOrder, onPick } = props
  const { name, dc, state, order } = figures.item
  const scope = order?.dc ?? ''
  return (
    <Paper
      component="article"
      aria-label={`${name} in ${dc}`}
      className="breaker"
      data-state={state}
      data-testid={`breaker-${dc}-${name}`}
    >
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Group gap="sm">
            <Title order={3} size="h5">
              {name}
            </Title>
            <StateBadge state={state} />
          </Group>
          {mayOrder && (
            <Group gap="xs">
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Order ${name} in ${dc}`}
                onClick={() => onPick({ name, dc, release: false })}
              >
                Order…
              </Button>
              {order && (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Release ${name} in ${scope === '' ? 'all data centres' : scope}`}
                  onClick={() => onPick({ name, dc: scope, release: true })}
                >
                  Release…
                </Button>
              )}
            </Group>
          )}
        </Group>
        {order && <Order item={figures.item} nowMs={nowMs} />}
        {figures.held.length === 0 ? (
          <Text size="sm" c="dimmed">
            No process has a breaker of this name here.
          </Text>
        ) : (
          <Figures figures={figures} nowMs={nowMs} />
        )}
        {figures.held.length > 0 && <EachBreaker figures={figures} nowMs={nowMs} />}
      </Stack>
    </Paper>
  )
}

function Order({ item: { name, dc, order, receipts }, nowMs }: { item: BreakerItem; nowMs: number }) {
  if (!order) return null
  const waiting = receipts && receipts.laggards.length > 0
  return (
    <div className="order" data-testid={`order-${dc}-${name}`}>
      <Text size="sm">
        <b>■ {modes[order.mode].done}</b> in {order.dc ?? 'all data centres'} by {order.actor},{' '}
        {span(Date.parse(order.expiresAt) - nowMs)} left
      </Text>
      <Text size="sm" className="key">
        “{order.reason}”
      </Text>
      {receipts && (
        <Text size="xs" c={waiting ? 'orange' : 'dimmed'}>
          {waiting && '▲ '}applied by {receipts.applied} of {receipts.total} processes
          {waiting && `, waiting for ${receipts.laggards.join(', ')}`}
          {receipts.lastAckMs !== null && `, the last after ${duration(receipts.lastAckMs)}`}
        </Text>
      )}
    </div>
  )
}

function Figures({ figures, nowMs }: { figures: BreakerFigures; nowMs: number }) {
  const { seen, reason, nextProbeAtMs, repairMs, admitted = 0, window, refused, trips } = figures
  const bad = seen.some(({ state }) => state !== 'closed')
  return (
    <dl className="figures">
      {seen.map(({ state, processes, sinceMs }) => (
        <Seen key={state} state={state} all={seen.length === 1} processes={processes} ageMs={nowMs - sinceMs} />
      ))}
      <dt>{bad ? 'Why it opened' : 'Opened last'}</dt>
      <dd className="key">{reason ?? (bad ? '–' : 'never')}</dd>
      {nextProbeAtMs !== undefined && (
        <>
          <dt>Next probe</dt>
          <dd>{inTime(nextProbeAtMs, nowMs)}</dd>
        </>
      )}
      <dt>Learned repair time</dt>
      <dd>{repairMs === undefined ? 'none yet' : duration(repairMs)}</dd>
      <dt>Let through</dt>
      <dd>{percent(admitted, 1)} of calls</dd>
      <dt>Lately</dt>
      <dd>
        {whole(window.calls)} calls, {whole(window.failures)} failed, {whole(window.slow)} slow
      </dd>
      <dt>Since start</dt>
      <dd>
        opened {whole(trips)} {trips === 1 ? 'time' : 'times'}, {whole(refused)} calls refused
      </dd>
    </dl>
  )
}

function Seen(props: { state: BreakerState; all: boolean; processes: readonly string[]; ageMs: number }) {
  const { state, all, processes, ageMs } = props
  const more = processes.length - namesMax
  const named = `${processes.slice(0, namesMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return (
    <>
      <dt>
        {states[state].shape} {state}
      </dt>
      <dd>
        for {span(ageMs)} in {all && processes.length > 1 ? `all ${processes.length} processes that use it` : named}
      </dd>
    </>
  )
}
