import { audienceRollups } from './audience-rollups.js'
import { requestRollups } from './request-rollups.js'
import type { Rollup } from './rollup.js'

export const rollups = { ...requestRollups, ...audienceRollups } as const satisfies Record<string, Rollup>
export type RollupName = keyof typeof rollups
