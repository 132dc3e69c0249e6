import type { Switchboard, SwitchItem } from '@gala/contracts'
import { levelName, type Order, orderWords, placeOf } from './switch-words.js'

/** What happened to a switch or a level while somebody was deciding. */
export interface Meanwhile {
  who: string
  /** ISO 8601; empty when it is not known. */
  at: string
  reason: string
  lines: { place: string; from: string; to: string }[]
}

/** The orders of a switch as they were read, against those in force now. */
export function switchChanged(seen: SwitchItem, now: SwitchItem): Meanwhile {
  const places = [...new Set([...seen.orders, ...now.orders].map(({ dc }) => dc))]
  const lines = places.flatMap((dc) => {
    const [from, to] = [seen, now].map(({ orders }) => orders.find((order: Order) => order.dc === dc))
    return from?.position === to?.position ? [] : [{ place: placeOf(dc), from: orderWords(from), to: orderWords(to) }]
  })
  const { last } = now
  return { who: last?.actor ?? 'somebody', at: last?.at ?? '', reason: last?.reason ?? '', lines }
}

/** The same for the level. A step back to 0 leaves no order behind that could name who did it. */
export function levelChanged(seen: Switchboard['level'], now: Switchboard['level']): Meanwhile {
  const lines = now.items.flatMap(({ dc, level }) => {
    const then = seen.items.find((item) => item.dc === dc)?.level ?? 0
    return then === level ? [] : [{ place: dc, from: levelName(then), to: levelName(level) }]
  })
  const newest = now.items
    .flatMap(({ order }) => order ?? [])
    .filter(({ position }) => position === now.rev)
    .at(0)
  return { who: newest?.actor ?? 'somebody', at: newest?.at ?? '', reason: newest?.reason ?? '', lines }
}
