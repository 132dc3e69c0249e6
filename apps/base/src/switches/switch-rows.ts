import type { LevelOrder, Proposal, SwitchOrder } from '@gala/contracts'
import type { LevelOrderEntity, ProposalEntity, SwitchOrderEntity } from '@gala/database'

interface Ending {
  expiresAt: Date | null
}

const lasts = ({ expiresAt }: Ending, nowMs: number) => expiresAt === null || expiresAt.getTime() > nowMs

/** Whether a row is an order that is still in force. */
export const switchHolds = (row: SwitchOrderEntity, nowMs: number): boolean => row.state !== 'auto' && lasts(row, nowMs)
export const levelHolds = (row: LevelOrderEntity, nowMs: number): boolean => row.level > 0 && lasts(row, nowMs)

/** The revision of a switch, or of the levels: the highest position of its rows; 0 when nothing was ever ordered. */
export const revOf = (rows: readonly { position: string }[]): number =>
  Math.max(0, ...rows.map(({ position }) => Number(position)))

/** The row as the contract shows it; a release is no order. */
export function toSwitchOrder(row: SwitchOrderEntity): SwitchOrder | undefined {
  const { key, state, percent, clientBelow } = row
  return state === 'auto' ? undefined : { key, state, percent, clientBelow, ...orderOf(row) }
}

export const toLevelOrder = (row: LevelOrderEntity): LevelOrder => ({ level: row.level, ...orderOf(row) })

function orderOf({ dc, actor, reason, position, expiresAt }: SwitchOrderEntity | LevelOrderEntity) {
  return {
    dc: dc === '' ? null : dc,
    actor,
    reason,
    position: Number(position),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}

/** What was asked in a proposal: everything the act needs, and the revision it was asked at. */
export interface Asked {
  to: string
  percent: number
  clientBelow: string | null
  ttlMs: number | null
  rev: number
}

export const askedOf = ({ body }: ProposalEntity): Asked => body as Asked

/** The proposals somebody can still confirm: not decided, not over, and nothing has changed since. */
export const openProposal = (rows: readonly ProposalEntity[], key: ProposalEntity['key'], rev: number, nowMs: number) =>
  rows.find(
    (row) => row.key === key && row.state === 'open' && row.expiresAt.getTime() > nowMs && askedOf(row).rev === rev,
  )

export function toProposal(row: ProposalEntity): Proposal {
  const { id, act, key, dc, actor, reason, at, expiresAt } = row
  return {
    id,
    act,
    key: key === '' ? null : key,
    to: askedOf(row).to,
    dc: dc === '' ? null : dc,
    actor,
    reason,
    at: at.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
