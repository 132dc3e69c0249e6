import { z } from 'zod'
import { clientId, moment, slug } from './fields.js'
import { route } from './route.js'

const count = z.int().min(0)

export const statsSchema = z
  .object({
    eventId: slug,
    online: count.meta({ description: 'Browsers heard from within the last minute (HyperLogLog, about 1 % error)' }),
    plays: count.meta({ description: 'Viewing sessions that started the video (HyperLogLog, about 1 % error)' }),
    likes: count.meta({ description: 'Likes booked, exact' }),
    partial: z.boolean().meta({ description: 'True while the share of some data centre is missing or old' }),
    asOf: moment,
  })
  .meta({ id: 'Stats' })
export type Stats = z.output<typeof statsSchema>

const eventId = { id: slug.meta({ description: 'Event id' }) }

export const statsApi = {
  read: route({
    name: 'stats.read',
    summary: 'Online, plays and likes over all data centres: the first thing to degrade',
    method: 'GET',
    path: '/v1/events/:id/stats',
    params: eventId,
    reply: statsSchema,
    criticality: 'sheddable',
    // As old as ten seconds only for who asks first in ten seconds; where many ask, one of them renews it each second.
    cache: { freshMs: 1000, renewMs: 9_000, staleMs: 60_000 },
    onDegraded: 'refuse',
    timeoutMs: 1000,
    switch: 'stats',
  }),
  beat: route({
    name: 'stats.beat',
    summary: 'Heartbeat of an open page; the source of online and plays',
    method: 'POST',
    path: '/v1/events/:id/presence',
    params: eventId,
    body: z.strictObject({ clientId, sessionId: clientId, playing: z.boolean() }),
    reply: z.object({ nextBeatMs: z.int().meta({ description: 'When to send the next beat, in milliseconds' }) }),
    criticality: 'sheddable',
    onDegraded: 'refuse',
    timeoutMs: 1000,
    switch: 'presence',
    limits: [
      // Each open page beats every 25 to 35 s, and once more whenever its player starts or stops; a viewer has a few pages.
      { by: 'viewer', scope: 'instance', rate: 2, burst: 20 },
      { by: 'ip', scope: 'instance', rate: 5_000, burst: 10_000 },
      // A lost beat costs nothing but a little of `online`: open when Redis, which counts them, is away.
      { by: 'route', scope: 'dc', rate: 50_000, burst: 100_000, away: 'open' },
    ],
  }),
}
