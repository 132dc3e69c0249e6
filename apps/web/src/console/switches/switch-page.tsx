import type { SwitchItem, SwitchKey } from '@gala/contracts'
import { Alert, Anchor, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useDesk, useServerNow, useWhyNot } from './desk.js'
import { EffectiveChip } from './effective-chip.js'
import { type Flip, FlipDialog } from './flip-dialog.js'
import { ReceiptsSection } from './receipts-section.js'
import { RungButton } from './rung-button.js'
import { SavingsTable } from './savings-table.js'
import { SwitchHistory } from './switch-history.js'
import { criticalityWords, leftOf, placeOf, rungWords, scopeWords } from './switch-words.js'

/** One switch with all there is to know about it. */
export function SwitchPage({ name }: { name: string }) {
  const { board } = useDesk().log
  const [flip, setFlip] = useState<Flip>()
  const cannot = useWhyNot()
  const item = board.switches.find(({ key }) => key === (name as SwitchKey))
  if (!item) return <Alert color="orange" title={`There is no switch ${name}`} />
  return (
    <Stack gap="lg" data-testid="switch-page">
      <div>
        <Anchor href="#room" size="sm" underline="always">
          ← Control room
        </Anchor>
        <Title order={1} size="h3">
          {item.title}
        </Title>
        <Text size="sm" c="dimmed">
          {item.key} · {criticalityWords[item.criticality]} · ask team {item.owner}
          {item.needs.length > 0 && ` · needs ${item.needs.join(', ')}`}
          {item.twoPersons && ' · ◆ two persons'} · revision {item.rev}
        </Text>
      </div>
      {cannot && <p className="cannot">○ {cannot}</p>}
      <Group gap="xs">
        {item.effective.map((of) => (
          <EffectiveChip key={of.dc} effective={of} testId={`effective-${item.key}-${of.dc}`} />
        ))}
      </Group>
      <Ladder item={item} onFlip={setFlip} />
      <Orders item={item} />
      <ReceiptsSection item={item} />
      <SavingsTable item={item} />
      <SwitchHistory name={item.key} rev={item.rev} />
      {flip && <FlipDialog flip={flip} onClose={() => setFlip(undefined)} />}
    </Stack>
  )
}

function Ladder({ item, onFlip }: { item: SwitchItem; onFlip: (flip: Flip) => void }) {
  return (
    <section aria-label="Ladder">
      <Title order={2} size="h4" mb="xs">
        Ladder
      </Title>
      <ul className="ladder">
        {item.ladder.map((rung) => (
          <li key={rung}>
            <span className="row">
              <RungButton
                rung={rung}
                item={item}
                on={item.effective.some((of) => of.rung === rung)}
                onPick={() => onFlip({ item, to: rung })}
              />
              <b data-rung={rung}>
                {rungWords[rung].shape} {rung}
              </b>
            </span>
            <span>{rung === 'full' ? 'Everything is there.' : `Viewers lose: ${item.loses[rung]}.`}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Orders({ item }: { item: SwitchItem }) {
  const nowMs = useServerNow()
  const { orders, automatic } = item
  return (
    <section aria-label="Orders">
      <Title order={2} size="h4" mb="xs">
        By hand, and by rule
      </Title>
      <ul className="plain">
        {orders.map((order) => (
          <li key={order.dc}>
            <b data-rung={order.state}>■ {order.state}</b> in {placeOf(order.dc)} {scopeWords(order)} by {order.actor}{' '}
            {leftOf(order, nowMs) || 'until taken back'}: “{order.reason}”
          </li>
        ))}
        {automatic.map((act) => (
          <li key={`${act.dc} ${act.rule}`}>
            <b data-rung={act.rung}>⚙ {act.rung}</b> in {act.dc} by rule {act.rule}: {act.signal}
            {act.flaps > 0 && `, ${act.flaps} flaps in ten minutes`}
            {act.damped && <b className="warned"> ▲ damped</b>}
          </li>
        ))}
        {orders.length + automatic.length === 0 && (
          <li className="dim">Nothing is ordered, and no rule has raised it.</li>
        )}
      </ul>
    </section>
  )
}
