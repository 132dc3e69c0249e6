import { rungs, type SwitchItem, type Traffic } from '@gala/contracts'
import { Anchor } from '@mantine/core'
import { timeOfDay } from '../../format/times.js'
import { useServerNow } from '../switches/desk.js'
import { EffectiveChip } from '../switches/effective-chip.js'
import type { Flip } from '../switches/flip-dialog.js'
import { RungButton } from '../switches/rung-button.js'
import { SavingText } from '../switches/saving-text.js'
import { amount, deepestSaving, savingNowMs } from '../switches/switch-figures.js'
import { leftOf, placeOf, scopeWords } from '../switches/switch-words.js'

/** One switch: where it stands in each data centre, its ladder, and who put it there. */
export function SwitchRow(props: { item: SwitchItem; traffic: readonly Traffic[]; onFlip: (flip: Flip) => void }) {
  const { item, traffic, onFlip } = props
  const { key, title, effective, ladder } = item
  const lowered = effective.some(({ rung }) => rung !== 'full')
  const now = savingNowMs(item, traffic)
  return (
    <article className="switch" data-lowered={lowered || undefined} data-testid={`switch-${key}`} aria-label={title}>
      <div className="switch-name">
        <Anchor href={`#switch/${key}`} fw={700} size="sm" c="white" lh={1.25}>
          {title}
        </Anchor>
        <span className="dim cut">
          {key}
          {item.twoPersons && ' ◆ two persons'}
        </span>
      </div>
      <div className="switch-effective">
        {effective.map((of) => (
          <EffectiveChip key={of.dc} effective={of} testId={`effective-${key}-${of.dc}`} />
        ))}
      </div>
      <div className="switch-ladder">
        {rungs.map((rung) =>
          ladder.includes(rung) ? (
            <RungButton
              key={rung}
              rung={rung}
              item={item}
              on={effective.some((of) => of.rung === rung)}
              onPick={() => onFlip({ item, to: rung })}
            />
          ) : (
            <span key={rung} className="rung-none" aria-hidden />
          ),
        )}
      </div>
      <div className="switch-why">
        <Why item={item} />
      </div>
      <div className="switch-saving">
        <SavingText saving={deepestSaving(item)} short />
        {now !== undefined && <b>now {amount(now / 1000)} s a second</b>}
      </div>
    </article>
  )
}

/** Orders with their countdowns; else what a rule does; else who touched it last. */
function Why({ item }: { item: SwitchItem }) {
  const nowMs = useServerNow()
  const { key, orders, automatic, last, receipts } = item
  return (
    <>
      {orders.map((order) => (
        <span key={order.dc} className="why" data-testid={`order-${key}-${order.dc ?? 'all'}`}>
          <b>■ {order.state}</b> {order.dc && `in ${placeOf(order.dc)}, `}
          {scopeWords(order)} {order.actor} {timeOfDay(order.at)}{' '}
          {order.expiresAt && <b data-testid={`expiry-${key}`}>{leftOf(order, nowMs)}</b>} “{order.reason}”
        </span>
      ))}
      {automatic.map((act) => (
        <span key={`${act.dc} ${act.rule}`} className="why">
          <b>⚙ {act.rung}</b> {act.dc}, {act.damped && <b className="warned">▲ flaps, damped, </b>}
          rule {act.rule}: {act.signal}
        </span>
      ))}
      {orders.length === 0 && automatic.length === 0 && (
        <span className="why dim">
          {last ? `${last.state} by ${last.actor} ${timeOfDay(last.at)}: “${last.reason}”` : 'never ordered'}
        </span>
      )}
      {receipts && (
        <span className={receipts.laggards.length > 0 ? 'why warned' : 'why dim'} data-testid={`receipts-${key}`}>
          {receipts.laggards.length > 0 ? '▲' : '✓'} {receipts.applied} of {receipts.total}
          {receipts.laggards.length > 0 && ` waiting for ${receipts.laggards.join(', ')}`}
          {receipts.lastAckMs !== null && `, +${Math.round(receipts.lastAckMs)} ms`}
        </span>
      )}
    </>
  )
}
