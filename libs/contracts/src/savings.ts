import { z } from 'zod'
import { moment } from './fields.js'
import { type Rung, rungs, type SwitchKey, switchKeys } from './switches.js'

const key = z.enum(switchKeys)
const rung = z.enum(rungs)

/** What is saved on a rung, in a thousand requests of the mix it was measured with. `low` and `high` hold 95 of 100 times. */
const amountSchema = z.object({ value: z.number(), low: z.number(), high: z.number() })
export const savingSchema = z
  .object({
    key,
    rung,
    measuredAt: moment,
    old: z.boolean().meta({ description: 'Measured more than 30 days ago' }),
    cpuMs: amountSchema.meta({ description: 'Processor time of access and application' }),
    redisCommands: amountSchema,
    rowsRead: amountSchema.meta({ description: 'Rows MySQL read' }),
    bytesSent: amountSchema.meta({ description: 'Bytes of answers to the audience' }),
    lost: z.string().meta({ description: 'What viewers lost while it was measured' }),
  })
  .meta({ id: 'Saving' })
export type Saving = z.output<typeof savingSchema>

/** The file a switch drill leaves behind, and base shows. */
export const savingsFileSchema = z.object({
  measuredAt: moment,
  /** Processor time, commands, rows and bytes of a thousand requests with every switch at full. */
  baseline: z.object({ cpuMs: z.number(), redisCommands: z.number(), rowsRead: z.number(), bytesSent: z.number() }),
  /** Share of each route in the mix. */
  mix: z.record(z.string(), z.number()),
  savings: z.array(savingSchema.omit({ old: true, measuredAt: true })).max(100),
})
export type SavingsFile = z.output<typeof savingsFileSchema>

/** What is said of the first screen as a whole leaves nothing to save on its parts. */
const coveredByBootstrap: readonly SwitchKey[] = ['bootstrap-stats', 'bootstrap-programmes']

/** Whether `key` has nothing left to save, because of what else is switched. */
export const isCovered = (key: SwitchKey, set: readonly { key: SwitchKey; rung: Rung }[]): boolean =>
  coveredByBootstrap.includes(key) && set.some((of) => of.key === 'bootstrap' && of.rung === 'static')
