import { AppError, fieldRefused } from '@gala/contracts'
import type { LevelOrderEntity } from '@gala/database'
import { levelHolds } from './switch-rows.js'

/** The level a data centre is at: its own or that of all, the higher one. */
export function levelIn(rows: readonly LevelOrderEntity[], dc: string, nowMs: number): number {
  const held = rows.filter((row) => (row.dc === dc || row.dc === '') && levelHolds(row, nowMs))
  return Math.max(0, ...held.map(({ level }) => level))
}

/** What the rows become by an order: one for all data centres takes the place of those for single ones. */
const levelsAfter = (rows: readonly LevelOrderEntity[], row: LevelOrderEntity): LevelOrderEntity[] =>
  row.dc === '' ? [row] : [...rows.filter(({ dc }) => dc !== row.dc), row]

/**
 * Up goes in one act, since every second counts; down goes in steps, so that what comes back does not come back all at once.
 * @throws AppError LEVEL_OUT_OF_ORDER, and VALIDATION_FAILED for what would have no effect.
 */
export function mustBeInOrder(
  rows: readonly LevelOrderEntity[],
  row: LevelOrderEntity,
  dcs: readonly string[],
  nowMs: number,
) {
  const ofAll = levelIn(rows, '', nowMs)
  const own = rows.some((of) => of.dc === row.dc && levelHolds(of, nowMs))
  if (row.dc !== '' && row.level < ofAll && !own) {
    throw fieldRefused('body.dc', `all data centres are at level ${ofAll}: lower it for all of them, without dc`)
  }
  const after = levelsAfter(rows, row)
  for (const dc of row.dc === '' ? dcs : [row.dc]) {
    const now = levelIn(rows, dc, nowMs)
    if (levelIn(after, dc, nowMs) >= now - 1) continue
    throw new AppError('LEVEL_OUT_OF_ORDER', `${dc} is at level ${now}: the next step is level ${now - 1}`)
  }
}

/**
 * The next order on the way to a level in all data centres; undefined when all are at it. Down it goes one level at a time: first
 * where a data centre is higher than all of them together, by its own order, so that nobody else is raised on the way.
 */
export function nextLevel(
  rows: readonly LevelOrderEntity[],
  to: number,
  dcs: readonly string[],
  nowMs: number,
): { dc: string; level: number } | undefined {
  const levels = dcs.map((dc) => ({ dc, level: levelIn(rows, dc, nowMs) }))
  if (levels.every(({ level }) => level === to)) return undefined
  const highest = levels.reduce((most, each) => (each.level > most.level ? each : most), { dc: '', level: 0 })
  if (highest.level <= to) return { dc: '', level: to }
  const ofAll = levelIn(rows, '', nowMs)
  return { dc: highest.level > ofAll ? highest.dc : '', level: highest.level - 1 }
}
