import { z } from 'zod'
import { moment, text } from './fields.js'
import { route } from './route.js'

const count = z.int().min(0)

const kindSchema = z.object({
  kind: z.string(),
  hit: count.meta({ description: 'Answered from memory' }),
  aging: count.meta({ description: 'Of these, while the value was renewed behind the answer' }),
  shared: count.meta({ description: 'Brought from the data centre’s store' }),
  pushed: count.meta({ description: 'Came with the message of their change' }),
  miss: count.meta({ description: 'Answers that waited for a load' }),
  stale: count.meta({ description: 'Answers marked as stale' }),
  error: count.meta({ description: 'Loads that failed' }),
  overtaken: count.meta({ description: 'Loads that a change overtook' }),
  fenced: count.meta({ description: 'Values refused because a change or a gap stood against them' }),
  waited: count.meta({ description: 'Waits for another process that was loading' }),
  loads: count.meta({ description: 'Loads from the source' }),
  loadMs: z.number().meta({ description: 'All loads together' }),
})

const heldSchema = z
  .object({
    kind: z.string(),
    state: z.enum(['fresh', 'aging', 'old']).meta({ description: 'old: not served as current any more' }),
    position: z.int().meta({ description: 'Reflects every change up to here' }),
    asOf: moment,
    tags: z.array(z.string()),
    bytes: count,
    hot: z.boolean(),
    preview: z.string().meta({ description: 'The first 2,000 characters of the value' }),
  })
  .meta({ id: 'CacheEntry' })

/** Body of `/cachez` on access and application: what a process can say of its cache, and of one key when asked. */
export const cacheReportSchema = z
  .object({
    app: z.string(),
    dc: z.string(),
    instance: z.string(),
    bus: z.object({
      live: z
        .boolean()
        .meta({ description: 'False: nobody can say whether a change was missed; nothing is believed for over 1 s' }),
      vouchedAgoMs: z.int().nullable().meta({ description: 'How long ago it was known that nothing was missed' }),
      appliedPosition: z.int(),
      announcedPosition: z.int(),
      floor: z.int().meta({ description: 'Values older than this change are not believed' }),
      gaps: count,
      repaired: count,
      lost: count,
    }),
    memory: z.object({ entries: count, bytes: count, bytesMax: count, loading: count }),
    kinds: z.array(kindSchema),
    hot: z.array(z.object({ key: z.string(), reads: count })).meta({
      description: 'Keys read most, with roughly how often in the last ten to twenty seconds',
    }),
    checks: z.record(z.string(), count).nullable().meta({ description: 'Comparisons with the source, by outcome' }),
    entry: heldSchema.nullable().optional().meta({ description: 'Only when a key was asked for; null: not held' }),
  })
  .meta({ id: 'CacheReport' })
export type CacheReport = z.output<typeof cacheReportSchema>

const processSchema = z.object({
  name: z.string(),
  kind: z.enum(['access', 'application']),
  dc: z.string(),
  report: cacheReportSchema.nullable(),
  detail: z.string().nullable().meta({ description: 'Why there is no report' }),
})

export type CacheProcess = z.output<typeof processSchema>

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5000 } as const

export const opsCacheApi = {
  report: route({
    name: 'ops.cache.report',
    summary: 'The cache of every process of every data centre; with `key`, what each of them holds of it',
    method: 'GET',
    path: '/ops/v1/cache',
    query: { key: text(400).optional() },
    reply: z.object({ items: z.array(processSchema) }),
    ...policy,
    role: 'viewer',
  }),
  invalidate: route({
    name: 'ops.cache.invalidate',
    summary: 'Ends the freshness of everything made from a tag, or from what a key was made from, in all data centres',
    method: 'POST',
    path: '/ops/v1/cache/invalidations',
    body: z.strictObject({
      tag: text(120).optional(),
      key: text(400).optional(),
      reason: text(400),
    }),
    reply: z.object({
      position: z
        .int()
        .meta({ description: 'Position of this change: a process that has applied it shows nothing older' }),
      tags: z.array(z.string()),
    }),
    ...policy,
    role: 'operator',
  }),
}
