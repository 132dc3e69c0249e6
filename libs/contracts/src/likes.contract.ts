import { z } from 'zod'
import { clientId, slug } from './fields.js'
import { route } from './route.js'

/** Where likes wait for their home, behind the prefix of each data centre's Redis: application fills and empties it. */
export const likesInboxKey = 'likes:inbox'

export const likesApi = {
  add: route({
    name: 'likes.add',
    summary: 'Add likes; counted once per (clientId, seq), whichever data centre takes it and however often it is sent',
    method: 'POST',
    path: '/v1/events/:id/likes',
    params: { id: slug.meta({ description: 'Event id' }) },
    body: z.strictObject({
      count: z.int().min(1).max(50),
      clientId,
      seq: z
        .int()
        .min(0)
        .max(Number.MAX_SAFE_INTEGER)
        .meta({ description: 'Counts up by one per request of this client' }),
    }),
    reply: z.object({
      accepted: z.int().meta({ description: 'Likes taken down; shown in stats once booked, usually within a second' }),
    }),
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 1000,
    switch: 'likes',
    limits: [
      // A page sends its taps together, every 0.8 s at most; the burst is what it sends after it was off line.
      { by: 'viewer', scope: 'instance', rate: 5, burst: 20 },
      // Operators of mobile networks hide a whole city behind an address: this is for a machine, not for a crowd.
      { by: 'ip', scope: 'instance', rate: 5_000, burst: 10_000 },
      // What the booking of one data centre takes of one audience without falling behind the others.
      { by: 'param:id', scope: 'dc', rate: 20_000, burst: 40_000, away: 'portion' },
    ],
    inFlight: { by: 'param:id', max: 1_000 },
  }),
}
