import { z } from 'zod'
import { clientId, slug } from './fields.js'
import { route } from './route.js'

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
  }),
}
