import { z } from 'zod'
import { moment, pageOf, paging, slug, text, version } from './fields.js'
import { route } from './route.js'

export const eventKinds = ['gala', 'concert', 'variety', 'launch'] as const
export const eventStatuses = ['draft', 'scheduled', 'preheat', 'live', 'paused', 'ended', 'replay'] as const
export const roomStates = ['closed', 'open'] as const

export const eventSchema = z
  .object({
    id: slug,
    kind: z.enum(eventKinds),
    title: text(120),
    titleEn: text(200, 0),
    summary: text(2000, 0),
    venue: text(120, 0),
    status: z.enum(eventStatuses),
    room: z.enum(roomStates).meta({ description: 'Whether viewers may talk in the room of the event' }),
    startAt: moment,
    endAt: moment,
    version,
    updatedAt: moment,
  })
  .meta({ id: 'Event' })
export type Event = z.output<typeof eventSchema>

const eventId = { id: slug.meta({ description: 'Event id' }) }

export const eventsApi = {
  list: route({
    name: 'events.list',
    summary: 'Events the audience may see, soonest start first',
    method: 'GET',
    path: '/v1/events',
    query: { status: z.enum(eventStatuses).exclude(['draft']).optional(), ...paging },
    reply: pageOf(eventSchema),
    criticality: 'critical',
    cache: { freshMs: 60_000, staleMs: 3_600_000 },
    onDegraded: 'static',
    timeoutMs: 2000,
    switch: 'event-list',
  }),
  detail: route({
    name: 'events.detail',
    summary: 'One event',
    method: 'GET',
    path: '/v1/events/:id',
    params: eventId,
    reply: eventSchema,
    criticality: 'critical',
    cache: { freshMs: 60_000, staleMs: 3_600_000 },
    onDegraded: 'static',
    timeoutMs: 2000,
    switch: 'event',
  }),
}

/**
 * An edit names only what changes. Fields the server owns (`version`, `updatedAt`) may be sent back as they were read
 * and are not looked at; `id` must be that of the address. `expectedVersion: 0` creates the event.
 */
const eventEdit = z.strictObject({
  ...eventSchema.partial().shape,
  expectedVersion: version,
  reason: text(500).optional(),
})
export type EventEdit = z.output<typeof eventEdit>

const written = { version, position: z.int().meta({ description: 'Change position; see GLOSSARY' }) }

export const opsEventsApi = {
  list: route({
    name: 'ops.events.list',
    summary: 'All events, drafts included, newest start first',
    method: 'GET',
    path: '/ops/v1/events',
    query: { status: z.enum(eventStatuses).optional(), ...paging },
    reply: pageOf(eventSchema),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'viewer',
  }),
  detail: route({
    name: 'ops.events.detail',
    summary: 'One event as the writer holds it',
    method: 'GET',
    path: '/ops/v1/events/:id',
    params: eventId,
    reply: eventSchema,
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'viewer',
  }),
  save: route({
    name: 'ops.events.save',
    summary: 'Edit an event, or create it with expectedVersion 0',
    method: 'PUT',
    path: '/ops/v1/events/:id',
    params: eventId,
    body: eventEdit,
    reply: z.object({ ...eventSchema.shape, ...written }),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'operator',
  }),
}
