import { z } from 'zod'

/** Body of `POST /snapshotz` on access: addresses whose answers it shall leave on disk. */
export const snapshotAskSchema = z.strictObject({
  paths: z.array(z.string().regex(/^\/[a-z0-9/-]{1,199}$/, 'must be an address without a query')).max(32),
})

/** Its answer: what is on disk now. */
export const snapshotReportSchema = z.object({
  items: z.array(
    z.object({
      path: z.string(),
      left: z.boolean().meta({ description: 'Written just now, from what was in memory' }),
      bytes: z.int().min(0),
      ageMs: z.int().min(0).nullable().meta({ description: 'Since it was written; null: there is none' }),
    }),
  ),
})
export type SnapshotReport = z.output<typeof snapshotReportSchema>
