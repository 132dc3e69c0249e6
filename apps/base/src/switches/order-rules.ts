import { fieldRefused, type SwitchKey, switches } from '@gala/contracts'
import type { SwitchOrderEntity } from '@gala/database'
import { type Asked, switchHolds } from './switch-rows.js'

/** What somebody wants done to a switch, or to the level when `key` is empty. */
export interface Wanted {
  key: SwitchKey | ''
  /** Empty: every data centre. */
  dc: string
  asked: Asked
  reason: string
}

/** The level that leaves the static page and the video alone. */
const lastLevel = '4'

/** What takes from everybody what they came for is never one person's slip of the hand. */
export function needsTwoPersons({ key, asked }: Pick<Wanted, 'key'> & { asked: Pick<Asked, 'to'> }): boolean {
  if (key === '') return asked.to === lastLevel
  return switches[key].criticality === 'critical-plus' && asked.to !== 'full' && asked.to !== 'auto'
}

/** @throws AppError VALIDATION_FAILED. */
export function mustMakeSense(
  { key, dc, asked }: Wanted,
  rows: readonly SwitchOrderEntity[],
  dcs: readonly string[],
  nowMs: number,
) {
  if (dc !== '' && !dcs.includes(dc)) {
    const field = key === '' ? 'body.dc' : 'body.scope.dc'
    throw fieldRefused(field, `there is no data centre ${dc}; there are ${dcs.join(', ')}`)
  }
  if (key === '') return
  const { ladder, byViewer } = switches[key]
  if (asked.to !== 'auto' && !ladder.some((rung) => rung === asked.to)) {
    throw fieldRefused('body.state', `${key} has no rung ${asked.to}; it has ${ladder.join(', ')}`)
  }
  if (!byViewer && (asked.percent < 100 || asked.clientBelow !== null)) {
    throw fieldRefused('body.scope', `${key} is asked for where no viewer is known: an order holds for all of them`)
  }
  if (asked.to !== 'auto' || dc === '') return
  const standing = rows.filter((row) => switchHolds(row, nowMs))
  if (standing.some((row) => row.dc === dc) || !standing.some((row) => row.dc === '')) return
  throw fieldRefused('body.scope.dc', `${key} is ordered for all data centres: release it for all of them, without dc`)
}
