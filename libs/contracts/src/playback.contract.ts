import { z } from 'zod'
import { slug } from './fields.js'
import { route } from './route.js'

export const protocols = ['hls', 'flv'] as const
/** Caller's network operator, where the client knows it; picks the data centre whose line is tried first. */
export const isps = ['telecom', 'unicom', 'mobile', 'other'] as const

const lineSchema = z.object({
  role: z.enum(['main', 'backup']),
  dc: z.string(),
  protocol: z.enum(protocols),
  url: z.url(),
  ladder: z.array(z.object({ name: z.string(), width: z.int(), height: z.int(), bitrateKbps: z.int(), url: z.url() })),
})

export const playSchema = z
  .object({
    eventId: slug,
    available: z.boolean(),
    reason: z
      .enum(['not-started', 'ended'])
      .nullable()
      .meta({ description: 'Why nothing can be played yet or any more' }),
    protocols: z.array(z.enum(protocols)).meta({ description: 'Protocols that some line offers' }),
    lines: z.array(lineSchema).meta({ description: 'Best line first' }),
  })
  .meta({ id: 'Play' })
export type Play = z.output<typeof playSchema>

export const playbackApi = {
  play: route({
    name: 'playback.play',
    summary: 'Where to get the video: main and backup line, quality ladder',
    method: 'GET',
    path: '/v1/events/:id/play',
    params: { id: slug.meta({ description: 'Event id' }) },
    query: { protocol: z.enum(protocols).default('hls'), isp: z.enum(isps).optional() },
    reply: playSchema,
    criticality: 'critical-plus',
    cache: { freshMs: 60_000, staleMs: 3_600_000 },
    onDegraded: 'static',
    timeoutMs: 2000,
    switch: 'play',
  }),
}
