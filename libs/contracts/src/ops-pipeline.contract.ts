import { z } from 'zod'
import { moment, slug } from './fields.js'
import { eventTrafficSchema, lakeQueryAskSchema, lakeQueryReplySchema } from './lake.contract.js'
import { route } from './route.js'

const count = z.int().min(0)
const links = ['stream', 'batch'] as const
const traceId = z.string().regex(/^[0-9a-f]{32}$/)
const dc = z.string().regex(/^[a-z0-9-]{1,32}$/)

const figures = {
  requests: count,
  full: count,
  degraded: count,
  bad: count.meta({ description: 'Answered with 5xx, or cut off' }),
  malformed: count.meta({ description: 'Lines of the edge nobody can read' }),
  edgeHits: count.meta({ description: 'Answered from a copy of the edge' }),
  accessHits: count.meta({ description: 'Answered from a copy of access' }),
  sentBytes: count,
  plays: count,
  joins: count,
  stalls: count,
  stalledMs: count,
  errors: count.meta({ description: 'That players report' }),
}
const percentiles = {
  p50Ms: z.number().nullable().meta({ description: 'Null: nothing was asked' }),
  p99Ms: z.number().nullable(),
  joinP50Ms: z.number().nullable(),
  joinP99Ms: z.number().nullable(),
}

/** One span of time in one data centre, or of all of them. */
const paneSchema = z.object({
  at: moment.meta({ description: 'Its beginning' }),
  dc: dc.meta({ description: 'Data centre' }),
  link: z.enum(links).meta({ description: 'By which of the two these figures came' }),
  ...figures,
  ...percentiles,
})

const wallSchema = z
  .object({
    asOf: moment,
    event: slug.nullable().meta({ description: 'Null: all events together, and what is about none' }),
    stepS: z.union([z.literal(10), z.literal(60)]),
    panes: z
      .array(paneSchema)
      .meta({ description: 'Oldest first, one for each data centre and span that has something' }),
    routes: z
      .array(z.object({ route: z.string(), ...figures, p50Ms: z.number().nullable(), p99Ms: z.number().nullable() }))
      .meta({ description: 'Of the whole time shown, all data centres, most requests first; at most 50' }),
    events: z
      .array(z.object({ event: z.string(), requests: count, bad: count, plays: count }))
      .meta({ description: 'What was asked for in this time, most first; at most 50' }),
    viewers: count
      .nullable()
      .meta({ description: 'Different viewers of the newest whole minute, over all data centres; about 1 % off' }),
    sessions: count.nullable().meta({ description: 'Players heard from in that minute' }),
    budget: z
      .object({
        from: moment.meta({ description: 'Of an event: 24 h ago; else the beginning of the time shown' }),
        target: z.number().meta({ description: 'Part of all requests that is not to be bad' }),
        requests: count,
        allowed: z.number(),
        spent: count,
        left: z.number().nullable().meta({ description: 'Part of what was allowed; below 0: overspent' }),
        burnPerHour: z.number().nullable().meta({
          description: 'Part of what is allowed that an hour at the pace of the last five minutes would spend',
        }),
      })
      .meta({ description: 'Error budget, by six nines' }),
    dcs: z.array(
      z.object({
        dc,
        link: z
          .enum(links)
          .meta({ description: 'batch: the event log or its readers are gone, and figures come from the lake' }),
        behindS: z
          .number()
          .nullable()
          .meta({ description: 'How old the newest request is that is in a pane; null: none yet' }),
        why: z.string().nullable().meta({ description: 'Why it is not the stream' }),
      }),
    ),
    apart: z.object({
      ratio: z.number().meta({
        description:
          'Difference between both links over what the batch has, of the closed minutes of the time shown, an hour at most',
      }),
      requests: count,
    }),
  })
  .meta({ id: 'Wall' })
export type Wall = z.output<typeof wallSchema>

const bookSchema = z.object({
  minute: moment,
  dc,
  topic: z.string(),
  produced: count.meta({ description: 'Lines read from the files they were written to' }),
  shipped: count.meta({ description: 'Of these, acknowledged by the event log' }),
  rolled: count.meta({ description: 'Counted in panes of the stream' }),
  landed: count.meta({
    description: 'Counted in panes of the lake, which come a minute or two after a minute has ended',
  }),
  lost: count.meta({ description: 'Deleted unread, because nobody carried them on' }),
  torn: count.meta({ description: 'Halves of lines at the end of a file' }),
  duplicates: count.meta({ description: 'Came a second time and were cut off' }),
  settled: z.boolean().meta({ description: 'Lines of this minute are not expected any more' }),
})
const booksSchema = z
  .object({
    asOf: moment,
    items: z.array(bookSchema).meta({ description: 'Newest first' }),
    unanswered: z.array(dc).meta({ description: 'Data centres whose pipeline could not be asked' }),
  })
  .meta({ id: 'Books' })
export type Books = z.output<typeof booksSchema>

const kept = ['error', 'slow', 'degraded', 'forced', 'sampled'] as const
const storedSpanSchema = z.object({
  trace: traceId,
  span: z.string(),
  parent: z.string().nullable(),
  name: z.string(),
  service: z.string(),
  instance: z.string(),
  dc,
  at: moment,
  durationUs: count,
  status: z.string(),
  kept: z.string(),
  event: z.string().nullable(),
  route: z.string().nullable(),
  attributes: z.record(z.string(), z.json()),
})

const spanSchema = storedSpanSchema
  .extend({ atUs: z.number().meta({ description: 'Microseconds after the first span of the trace began' }) })
  .meta({ id: 'Span' })
export type Span = z.output<typeof spanSchema>

const traceItemSchema = storedSpanSchema
  .omit({ span: true, parent: true, attributes: true, instance: true })
  .extend({ spans: count })
const traceSearchSchema = z
  .object({
    items: z.array(traceItemSchema).meta({ description: 'Newest first; the outermost span of each trace' }),
    unanswered: z.array(dc),
  })
  .meta({ id: 'TraceSearch' })
export type TraceSearch = z.output<typeof traceSearchSchema>
const traceSchema = z
  .object({
    trace: traceId,
    spans: z.array(spanSchema).meta({ description: 'By their beginning; at most 500' }),
    unanswered: z.array(dc),
  })
  .meta({ id: 'Trace' })
export type WholeTrace = z.output<typeof traceSchema>

const wanted = {
  event: slug.optional(),
  kept: z.enum(kept).optional(),
  route: z.string().max(120).optional(),
}
/** Body of `POST /pipelinez/traces`. */
export const tracesAskSchema = z.strictObject({
  ...wanted,
  slowerThanMs: z.number().min(0),
  fromMs: z.int().min(0),
  limit: z.int().min(1).max(200),
})
export type TracesAsk = z.output<typeof tracesAskSchema>
export const tracesAnswerSchema = z.object({ items: z.array(traceItemSchema) })
/** Body of `POST /pipelinez/trace`. */
export const traceAskSchema = z.strictObject({ trace: traceId })
export const traceAnswerSchema = z.object({ spans: z.array(storedSpanSchema) })

const minutes = z.coerce.number().int().min(1).max(180).default(15).meta({ description: 'How far back' })

export const opsPipelineApi = {
  wall: route({
    name: 'pipeline.wall',
    summary: 'Requests, outcomes, times and playback by data centre, as they come in',
    method: 'GET',
    path: '/ops/v1/wall',
    query: {
      event: slug.optional().meta({ description: 'Left out: everything' }),
      minutes,
      step: z.enum(['10', '60']).default('10').meta({ description: 'Seconds of a span' }),
    },
    reply: wallSchema,
    role: 'viewer',
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5_000,
  }),
  books: route({
    name: 'pipeline.books',
    summary: 'By minute: lines produced, shipped, landed and rolled up, and what is missing between them',
    method: 'GET',
    path: '/ops/v1/books',
    query: { minutes },
    reply: booksSchema,
    role: 'viewer',
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5_000,
  }),
  query: route({
    name: 'pipeline.query',
    summary: 'One read-only question to the lake of this data centre, within bounds',
    method: 'POST',
    path: '/ops/v1/lake/query',
    body: lakeQueryAskSchema,
    bodyBytesMax: 65_536,
    // It changes nothing, however often it is asked.
    keyed: false,
    reply: lakeQueryReplySchema,
    role: 'operator',
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 20_000,
  }),
  traffic: route({
    name: 'pipeline.traffic',
    summary: 'Everything the lake says of an event: requests, outcomes, error budget, playback',
    method: 'GET',
    path: '/ops/v1/events/:id/traffic',
    params: { id: slug.meta({ description: 'Event id' }) },
    query: { from: moment.optional(), to: moment.optional() },
    reply: eventTrafficSchema,
    role: 'viewer',
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 20_000,
  }),
  traces: route({
    name: 'pipeline.traces',
    summary: 'Traces that were kept: errors, slow, degraded, forced, and a sample',
    method: 'GET',
    path: '/ops/v1/traces',
    query: {
      ...wanted,
      slowerThanMs: z.coerce.number().int().min(0).max(600_000).default(0),
      minutes,
      limit: z.coerce.number().int().min(1).max(200).default(50),
    },
    reply: traceSearchSchema,
    role: 'viewer',
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 20_000,
  }),
  trace: route({
    name: 'pipeline.trace',
    summary: 'Every span of one trace, from all data centres',
    method: 'GET',
    path: '/ops/v1/traces/:id',
    params: { id: traceId.meta({ description: 'Trace id: 32 hexadecimal digits' }) },
    reply: traceSchema,
    role: 'viewer',
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 20_000,
  }),
}
