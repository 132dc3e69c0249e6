import type { Switchboard, SwitchItem } from '@gala/contracts'
import type { LevelOrderEntity, SwitchOrderEntity } from '@gala/database'
import { levelHolds, revOf, switchHolds, toLevelOrder, toSwitchOrder } from './switch-rows.js'

/** What stands for a switch: its revision, the orders in force, and who touched it last. */
export function switchStanding(
  rows: readonly SwitchOrderEntity[],
  nowMs: number,
): Pick<SwitchItem, 'rev' | 'orders' | 'last'> {
  const orders = rows
    .filter((row) => switchHolds(row, nowMs))
    .flatMap((row) => {
      const order = toSwitchOrder(row)
      return order ? [{ ...order, at: row.at.toISOString() }] : []
    })
  const last = newestOf(rows)
  return {
    rev: revOf(rows),
    orders,
    last: last ? { state: last.state, actor: last.actor, reason: last.reason, at: last.at.toISOString() } : null,
  }
}

/** What stands for the levels, beside what each data centre is at. */
export const levelStanding = (rows: readonly LevelOrderEntity[], nowMs: number) => ({
  rev: revOf(rows),
  orders: rows.filter((row) => levelHolds(row, nowMs)).map(shownLevelOrder),
})

/** The order that stands for a data centre: the higher one of its own and that of all. */
export function levelOrderIn(
  rows: readonly LevelOrderEntity[],
  dc: string,
  nowMs: number,
): Switchboard['level']['items'][number]['order'] {
  const held = rows.filter((row) => (row.dc === dc || row.dc === '') && levelHolds(row, nowMs))
  const [highest] = held.toSorted((a, b) => b.level - a.level)
  return highest ? shownLevelOrder(highest) : null
}

const shownLevelOrder = (row: LevelOrderEntity) => ({ ...toLevelOrder(row), at: row.at.toISOString() })

export const newestOf = <T extends { position: string }>(rows: readonly T[]): T | undefined =>
  rows.toSorted((a, b) => Number(b.position) - Number(a.position))[0]

/** As the audit says it. */
export const shownSwitch = ({ state, dc, percent, clientBelow, expiresAt }: SwitchOrderEntity) => ({
  state,
  dc: dc === '' ? null : dc,
  percent,
  clientBelow,
  expiresAt: expiresAt?.toISOString() ?? null,
})
export const shownLevel = ({ level, dc, expiresAt }: LevelOrderEntity) => ({
  level,
  dc: dc === '' ? null : dc,
  expiresAt: expiresAt?.toISOString() ?? null,
})
