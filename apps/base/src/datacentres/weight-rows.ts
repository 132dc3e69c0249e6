import type { DataCentresBoard, WeightOrder } from '@gala/contracts'
import type { WeightOrderEntity } from '@gala/database'

/** The share of a data centre nobody has ordered anything for: all of its requests. */
export const wholeWeight = 100

/** Whether a row is an order that is still in force. */
export const weightHolds = ({ percent, expiresAt }: WeightOrderEntity, nowMs: number): boolean =>
  percent < wholeWeight && (expiresAt === null || expiresAt.getTime() > nowMs)

/** The row as the contract shows it. */
export const toWeightOrder = ({ dc, percent, actor, reason, position, expiresAt }: WeightOrderEntity): WeightOrder => ({
  dc,
  percent,
  actor,
  reason,
  position: Number(position),
  expiresAt: expiresAt?.toISOString() ?? null,
})

/** What stands for a data centre: its share, the revision to go by, and the order if there is one in force. */
export function weightStanding(
  rows: readonly WeightOrderEntity[],
  dc: string,
  nowMs: number,
): DataCentresBoard['items'][number]['weight'] {
  const row = rows.find((of) => of.dc === dc)
  const order = row && weightHolds(row, nowMs) ? { ...toWeightOrder(row), at: row.at.toISOString() } : null
  return { percent: order?.percent ?? wholeWeight, rev: Number(row?.position ?? 0), order }
}
