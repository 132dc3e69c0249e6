import { z } from 'zod'
import { moment, slug, text, version } from './fields.js'
import { route } from './route.js'

export const programmeKinds = [
  'song',
  'dance',
  'skit',
  'crosstalk',
  'opera',
  'acrobatics',
  'film',
  'talk',
  'other',
] as const

const programmeSchema = z
  .object({
    id: slug,
    title: text(120),
    titleEn: text(200, 0),
    kind: z.enum(programmeKinds),
    performers: z.array(text(80)).max(40),
    startAt: moment,
    durationS: z.int().min(1).max(86_400),
  })
  .meta({ id: 'Programme' })
export type Programme = z.output<typeof programmeSchema>

export const runningOrderSchema = z
  .object({
    eventId: slug,
    version,
    currentId: slug.nullable(),
    items: z.array(programmeSchema.extend({ state: z.enum(['done', 'current', 'next', 'later']) })),
  })
  .meta({ id: 'RunningOrder' })
export type RunningOrder = z.output<typeof runningOrderSchema>

const storedOrder = z.object({ eventId: slug, version, items: z.array(programmeSchema).max(200) })
const eventId = { id: slug.meta({ description: 'Event id' }) }

export const programmesApi = {
  list: route({
    name: 'programmes.list',
    summary: 'The running order with the current item',
    method: 'GET',
    path: '/v1/events/:id/programmes',
    params: eventId,
    reply: runningOrderSchema,
    criticality: 'sheddable-plus',
    cache: { freshMs: 60_000, staleMs: 3_600_000 },
    onDegraded: 'static',
    timeoutMs: 2000,
    switch: 'programmes',
  }),
}

export const opsProgrammesApi = {
  read: route({
    name: 'ops.programmes.read',
    summary: 'The running order as the writer holds it',
    method: 'GET',
    path: '/ops/v1/events/:id/programmes',
    params: eventId,
    reply: storedOrder,
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'viewer',
  }),
  save: route({
    name: 'ops.programmes.save',
    summary: 'Replace the running order of an event',
    method: 'PUT',
    path: '/ops/v1/events/:id/programmes',
    params: eventId,
    body: z.strictObject({
      items: z
        .array(z.strictObject(programmeSchema.shape))
        .max(200)
        .refine((items) => new Set(items.map((i) => i.id)).size === items.length, 'ids must be unique'),
      expectedVersion: version,
      reason: text(500).optional(),
    }),
    // 200 items of at most about 4 KiB of text each would be 800 KiB; 256 KiB holds every running order seen so far.
    bodyBytesMax: 262_144,
    reply: storedOrder.extend({ position: z.int() }),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'operator',
  }),
}
