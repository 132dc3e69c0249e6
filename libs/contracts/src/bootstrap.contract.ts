import { z } from 'zod'
import { eventSchema } from './events.contract.js'
import { slug } from './fields.js'
import { pingbacksAskedSchema } from './pingbacks.contract.js'
import { playSchema } from './playback.contract.js'
import { runningOrderSchema } from './programmes.contract.js'
import { route } from './route.js'
import { statsSchema } from './stats.contract.js'

/** What the first screen may show right now. False = degraded: leave it out and do not ask for it. */
const featuresSchema = z.object({
  play: z.boolean(),
  programmes: z.boolean(),
  stats: z.boolean(),
  likes: z.boolean(),
  rooms: z.boolean(),
  chat: z.boolean(),
})

const bootstrapSchema = z
  .object({
    event: eventSchema,
    play: playSchema.nullable(),
    programmes: runningOrderSchema.nullable(),
    stats: statsSchema.nullable(),
    features: featuresSchema,
    pingbacks: pingbacksAskedSchema.nullable().meta({ description: 'Null: nothing is to be reported' }),
  })
  .meta({ id: 'Bootstrap' })
export type Bootstrap = z.output<typeof bootstrapSchema>

export const bootstrapApi = {
  read: route({
    name: 'bootstrap.read',
    summary: 'Everything the first screen needs, in one answer',
    method: 'GET',
    path: '/v1/events/:id/bootstrap',
    params: { id: slug.meta({ description: 'Event id' }) },
    reply: bootstrapSchema,
    criticality: 'critical-plus',
    // Only its counts change by themselves, and who polls them asks for `stats`: nobody's first screen waits for a newer count.
    // Where hardly anybody asks, counts hardly move: whoever comes after half a minute waits, nobody else.
    cache: { freshMs: 1000, renewMs: 29_000, staleMs: 3_600_000 },
    onDegraded: 'static',
    timeoutMs: 2000,
    switch: 'bootstrap',
  }),
}
