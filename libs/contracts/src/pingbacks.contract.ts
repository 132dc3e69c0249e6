import { z } from 'zod'
import { cmcdSchema } from './cmcd.js'
import { clientId, slug } from './fields.js'
import { route } from './route.js'

const beaconKinds = ['join', 'play', 'stall', 'error', 'bitrate', 'end', 'beat'] as const
export type BeaconKind = (typeof beaconKinds)[number]
/** What a beacon of a kind cannot do without. */
const saysOf = { join: 'joinMs', stall: 'stallMs', error: 'code', bitrate: 'bitrateKbps' } as const

/** Of one batch. */
export const beaconsMax = 50
/** Three hours: whoever waits longer for a picture is not there any more. */
const waitedMaxMs = 10_800_000
/** Beacons of one session: one each second for eleven days. They are told apart by a bit each. */
const seqMax = 999_999

const beaconSchema = z
  .strictObject({
    seq: z.int().min(0).max(seqMax).meta({ description: 'Counts up by one per beacon of this session' }),
    at: z.int().min(0).meta({ description: 'When it happened, Unix milliseconds by the clock of the client' }),
    kind: z.enum(beaconKinds),
    event: slug.nullable().meta({ description: 'Event id; null: of no event' }),
    joinMs: z
      .int()
      .min(0)
      .max(waitedMaxMs)
      .optional()
      .meta({ description: 'From wanting to play to the first picture' }),
    stallMs: z.int().min(0).max(waitedMaxMs).optional().meta({ description: 'How long the picture stood still' }),
    bitrateKbps: z.int().min(0).max(1_000_000).optional(),
    code: z
      .string()
      .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, colons, dashes or underscores')
      .optional()
      .meta({ description: 'Of an error, by the player’s own name for it' }),
    cmcd: cmcdSchema.optional(),
  })
  .superRefine((beacon, { addIssue }) => {
    const needed = beacon.kind in saysOf ? saysOf[beacon.kind as keyof typeof saysOf] : undefined
    if (needed && beacon[needed] === undefined)
      addIssue({ code: 'custom', path: [needed], message: `a ${beacon.kind} says it` })
  })
export type Beacon = z.output<typeof beaconSchema>

const beaconRefusals = ['CLOCK_SKEWED', 'IN_THE_FUTURE', 'TOO_OLD', 'TOO_MANY_EVENTS', 'EVENT_NOT_FOUND'] as const
export type BeaconRefusal = (typeof beaconRefusals)[number]

/** How pages are to report, as the first screen tells them. */
export const pingbacksAskedSchema = z.object({
  oneIn: z.int().min(1).meta({ description: 'One session in so many reports' }),
  url: z.string().meta({ description: 'Where to, relative to the API' }),
})

export const pingbacksApi = {
  add: route({
    name: 'pingbacks.add',
    summary:
      'What players report of themselves, in batches; each (session, seq) is taken once, however often it is sent',
    method: 'POST',
    path: '/v1/pingbacks',
    body: z.strictObject({
      session: clientId,
      batch: clientId.meta({ description: 'Made up for this batch, and the same for each attempt to send it' }),
      token: z
        .string()
        .max(4_096)
        .optional()
        .meta({ description: 'The viewer’s token, for what is sent without headers of its own' }),
      sentAt: z.int().min(0).meta({ description: 'When this attempt is sent, by the clock of the client' }),
      beacons: z.array(beaconSchema).min(1).max(beaconsMax),
    }),
    bodyBytesMax: 32_768,
    plainBody: true,
    tokenField: 'token',
    viewer: 'known-if-told',
    status: 202,
    reply: z.object({
      accepted: z.int().meta({ description: 'On a disk now' }),
      repeated: z.int().meta({ description: 'Had been taken before' }),
      refused: z
        .array(z.object({ index: z.int(), code: z.enum(beaconRefusals) }))
        .meta({ description: 'By their place in the batch. Sending them again does not help' }),
      sampleOneIn: z.int().meta({ description: 'From now on one session in so many reports' }),
      nextBatchMs: z.int().meta({ description: 'When to send the next batch' }),
    }),
    criticality: 'sheddable',
    onDegraded: 'refuse',
    timeoutMs: 1_000,
    switch: 'pingbacks',
    limits: [
      // A page sends a batch each five seconds at most, and what is left when it is hidden.
      { by: 'param:session', scope: 'instance', rate: 1, burst: 10 },
      { by: 'viewer', scope: 'instance', rate: 2, burst: 20 },
      // Whoever makes sessions up is held here; a city behind one address is sampled.
      { by: 'ip', scope: 'instance', rate: 500, burst: 1_000 },
      { by: 'route', scope: 'dc', rate: 5_000, burst: 10_000, away: 'portion' },
    ],
    inFlight: { by: 'route', max: 500 },
  }),
}
