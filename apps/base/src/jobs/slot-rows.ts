import type { Slot } from '@gala/contracts'
import type { JobSlotEntity } from '@gala/database'
import type { SlotRow } from './ledger.js'

/** The row as the scheduler uses it. */
export const toSlot = (row: JobSlotEntity): SlotRow => ({
  job: row.job,
  atMs: row.at.getTime(),
  dc: row.dc,
  shard: row.shard,
  state: row.state,
  reason: row.reason,
  detail: row.detail,
  runAtMs: row.runAt.getTime(),
  attempt: row.attempt,
  attempts: row.attempts,
  holder: row.holder,
  leaseUntilMs: row.leaseUntil?.getTime() ?? null,
  startedAtMs: row.startedAt?.getTime() ?? null,
  endedAtMs: row.endedAt?.getTime() ?? null,
  cancel: row.cancel === 1,
  progress: row.progress,
  result: row.result ?? null,
  manual: row.manual,
})

/** And back. */
export const toSlotRow = (slot: SlotRow): JobSlotEntity => ({
  job: slot.job,
  at: new Date(slot.atMs),
  dc: slot.dc,
  shard: slot.shard,
  ...toColumns(slot),
})

/** What is set of a slot, as columns. */
export function toColumns(
  set: Partial<Omit<SlotRow, 'job' | 'atMs' | 'dc' | 'shard'>>,
): Omit<JobSlotEntity, 'job' | 'at' | 'dc' | 'shard'> {
  const { runAtMs, leaseUntilMs, startedAtMs, endedAtMs, cancel, ...same } = set
  const row: Partial<JobSlotEntity> = { ...same }
  if (runAtMs !== undefined) row.runAt = new Date(runAtMs)
  if (leaseUntilMs !== undefined) row.leaseUntil = dateOf(leaseUntilMs)
  if (startedAtMs !== undefined) row.startedAt = dateOf(startedAtMs)
  if (endedAtMs !== undefined) row.endedAt = dateOf(endedAtMs)
  if (cancel !== undefined) row.cancel = cancel ? 1 : 0
  return row as JobSlotEntity
}

/** As the contract shows it. */
export const shownSlot = (slot: SlotRow): Slot => ({
  job: slot.job,
  at: iso(slot.atMs),
  dc: slot.dc === '' ? null : slot.dc,
  shard: slot.shard,
  state: slot.state,
  reason: slot.reason,
  detail: slot.detail,
  runAt: iso(slot.runAtMs),
  attempt: slot.attempt,
  attempts: slot.attempts.map(({ atMs, endedAtMs, ...of }) => ({ ...of, at: iso(atMs), endedAt: isoOf(endedAtMs) })),
  holder: slot.holder,
  startedAt: isoOf(slot.startedAtMs),
  endedAt: isoOf(slot.endedAtMs),
  lateMs: slot.startedAtMs === null ? null : slot.startedAtMs - slot.atMs,
  progress: slot.progress,
  result: slot.result,
  manual: slot.manual,
})

const dateOf = (atMs: number | null) => (atMs === null ? null : new Date(atMs))
const iso = (atMs: number) => new Date(atMs).toISOString()
const isoOf = (atMs: number | null) => (atMs === null ? null : iso(atMs))
