import { z } from 'zod'
import { slug } from './fields.js'

/** Body of `POST /pipelinez/query` on a pipeline process: one question to the lake of its data centre. */
export const lakeQueryAskSchema = z.strictObject({
  sql: z
    .string()
    .min(1)
    .max(20_000)
    .meta({ description: 'One SELECT over requests, beacons, spans, messages and operator_audit' }),
})

const cell = z.json()
/** Its answer. Whole numbers beyond 2^53, decimals and moments are texts. */
export const lakeQueryReplySchema = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(cell)).meta({ description: 'Values in the order of the columns' }),
  cut: z.enum(['rows', 'bytes']).nullable().meta({ description: 'Of what there was more than an answer holds' }),
  tookMs: z.int().min(0),
})
export type LakeQueryReply = z.output<typeof lakeQueryReplySchema>

const count = z.int().min(0)
const moment = z.iso.datetime()
const quantiles = z.object({
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  p999: z.number().meta({ description: 'Milliseconds, as all of these: the middle of the bucket, at most 0.8 % off' }),
})
const outcomes = { requests: count, full: count, degraded: count, bad: count, malformed: count }

/** What the lake says of an event: every request that was counted, and playback as viewers saw it. */
export const eventTrafficSchema = z
  .object({
    from: moment,
    to: moment,
    ...outcomes,
    sentBytes: count,
    budget: z
      .object({
        target: z.number().meta({ description: 'Part of all requests that is not to be bad' }),
        allowed: z.number().meta({ description: 'Requests that may be bad' }),
        spent: count.meta({ description: 'Requests that were: answered with 5xx, or cut off' }),
        left: z
          .number()
          .nullable()
          .meta({ description: 'Part of what was allowed; below 0: overspent; null: nothing was asked' }),
      })
      .meta({ description: 'Error budget by six nines' }),
    peak: z.object({ perS: count, at: moment }).nullable(),
    durationMs: quantiles.nullable(),
    hits: z.object({ edge: count, stale: count, access: count }),
    dcs: z.array(z.object({ dc: z.string(), ...outcomes })),
    routes: z.array(z.object({ route: z.string(), ...outcomes, sentBytes: count, durationMs: quantiles.nullable() })),
    errors: z.array(z.object({ route: z.string(), status: z.int(), count })),
    playback: z.object({
      plays: count,
      joins: count,
      joinMs: quantiles.nullable(),
      stalls: count,
      stalledMs: count,
      errors: count,
      bitrateKbps: z.number().nullable(),
      viewers: count.meta({ description: 'Each counted once; who did not say who they are, by their session' }),
    }),
    series: z.array(
      z.object({
        at: moment,
        requests: count,
        degraded: count,
        bad: count,
        plays: count,
        stalls: count,
        viewers: count,
      }),
    ),
    seriesStepMs: z.int(),
    audit: z.array(
      z.object({
        at: moment,
        actor: z.string(),
        action: z.string(),
        target: z.string(),
        reason: z.string().nullable(),
      }),
    ),
    gaps: z.array(z.string()),
  })
  .meta({ id: 'EventTraffic' })
export type EventTraffic = z.output<typeof eventTrafficSchema>

/** Body of `POST /pipelinez/report`: what the lake of a data centre says of an event. Left out: from its first row, to its last. */
export const lakeReportAskSchema = z.strictObject({
  event: slug,
  from: moment.optional(),
  to: moment.optional(),
})

const links = z.object({ stream: count, batch: count })
/** Answer of `GET /pipelinez/lake`: how far the batch link has come, and how far apart the two links are. */
export const lakeReportSchema = z.object({
  completeTo: moment
    .nullable()
    .meta({ description: 'What stood in the files then is in the lake; null: not known yet' }),
  closedTo: moment.nullable().meta({ description: 'Minutes before it are closed: their panes are what the lake has' }),
  due: count.meta({ description: 'Minutes whose panes are older than their rows' }),
  pending: count.meta({ description: 'Ranges of the batch that is being written' }),
  rows: count.meta({ description: 'Since the process began, as all that follow' }),
  lostRanges: count.meta({ description: 'Whose file was gone before they could be written again' }),
  tooLate: count.meta({ description: 'Rows whose minute is too long ago to be computed again' }),
  minutes: z
    .array(z.object({ at: moment, requests: links, beacons: links, apart: count }))
    .meta({ description: 'Closed minutes of the last hour. `apart`: all sums of all panes, without regard to sign' }),
})
export type LakeReport = z.output<typeof lakeReportSchema>
