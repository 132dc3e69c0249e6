import { z } from 'zod'
import { moment, pageOf, paging, slug, text, version } from './fields.js'
import { route } from './route.js'
import { jobPolicySchema, scheduleSchema } from './schedule.js'

/** A job of its own is a slug; a step of a timeline is `event.step`. */
const jobId = z
  .string()
  .max(130)
  .regex(
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)?$/,
    'must be a slug, or two joined by a dot',
  )

/**
 * - `due`: written ahead. - `late`: its time has passed and it has not begun. - `leased`: handed out. - `running`.
 * - `ok`, `failed`, `skipped`: it stays so.
 */
export const slotStates = ['due', 'late', 'leased', 'running', 'ok', 'failed', 'skipped'] as const
export type SlotState = (typeof slotStates)[number]

/** Why a slot was not run, or has to wait. */
export const slotReasons = [
  'misfire',
  'overlap',
  'paused',
  'dependency',
  'moved',
  'operator',
  'removed',
  'held',
  'approval',
  'timeout',
  'memory',
  'error',
  'holder-lost',
  'cancelled',
] as const
export type SlotReason = (typeof slotReasons)[number]

const attemptSchema = z.object({
  n: z.int().meta({ description: 'Fencing token within the slot: an effect of an older attempt is refused' }),
  holder: z.string(),
  at: moment,
  endedAt: moment.nullable(),
  outcome: z.enum(['ok', 'failed', 'lost', 'cancelled']).nullable(),
  error: z.string().nullable(),
})

export const slotSchema = z
  .object({
    job: jobId,
    at: moment.meta({ description: 'Scheduled time; with job, dc and shard it names the slot' }),
    dc: z.string().nullable().meta({ description: 'Of a job that runs in each data centre; null: global' }),
    shard: z.int().min(0),
    state: z.enum(slotStates),
    reason: z.enum(slotReasons).nullable(),
    detail: z.string().nullable(),
    runAt: moment.meta({ description: 'When it may run: later than `at` after a failure, earlier when run by hand' }),
    attempt: z.int().min(0),
    attempts: z.array(attemptSchema),
    holder: z.string().nullable(),
    startedAt: moment.nullable(),
    endedAt: moment.nullable(),
    lateMs: z.int().nullable().meta({ description: 'From scheduled time to the first start' }),
    progress: z.object({ done: z.number(), total: z.number(), note: z.string() }).nullable(),
    result: z.unknown(),
    manual: z.object({ actor: z.string(), reason: z.string() }).nullable(),
  })
  .meta({ id: 'Slot' })
export type Slot = z.output<typeof slotSchema>

const jobSchema = z
  .object({
    id: jobId,
    title: text(120),
    event: slug.nullable(),
    step: slug.nullable().meta({ description: 'Of a timeline' }),
    schedule: scheduleSchema,
    handler: slug,
    params: z.record(z.string(), z.unknown()),
    policy: jobPolicySchema,
    paused: z.object({ by: z.string(), reason: z.string(), at: moment }).nullable(),
    failures: z.int().min(0).meta({ description: 'Slots in a row that have failed' }),
    removed: z.boolean(),
    version,
    updatedAt: moment,
    updatedBy: z.string(),
  })
  .meta({ id: 'Job' })
export type Job = z.output<typeof jobSchema>

const jobItemSchema = z
  .object({
    ...jobSchema.shape,
    next: moment.nullable(),
    last: slotSchema.nullable(),
    typicalMs: z.int().nullable().meta({ description: 'Median time a run takes, of the last twenty that ended well' }),
  })
  .meta({ id: 'JobItem' })
export type JobItem = z.output<typeof jobItemSchema>

const handlerSchema = z
  .object({
    name: slug,
    title: z.string(),
    does: z.string(),
    needsEvent: z.boolean(),
    params: z.record(z.string(), z.unknown()).meta({ description: 'JSON schema of its parameters' }),
  })
  .meta({ id: 'JobHandler' })
export type JobHandlerInfo = z.output<typeof handlerSchema>

/** Who plans and hands out the slots. */
const schedulerSchema = z
  .object({
    scope: z.string().meta({ description: '`global`, or the data centre' }),
    holder: z.string().nullable(),
    token: z.int().min(0).meta({ description: 'Counts up with every take-over' }),
    heldForMs: z.int().nullable(),
    clockOffsetMs: z.number().nullable().meta({ description: 'Of the asked process, against the clock of the ledger' }),
  })
  .meta({ id: 'Scheduler' })
export type SchedulerInfo = z.output<typeof schedulerSchema>

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5000 } as const
const id = { id: jobId.meta({ description: 'Job' }) }
const reason = text(400)
const expectedVersion = version.meta({ description: 'As last seen; 0 creates the job' })
const slotName = {
  at: moment.meta({ description: 'Scheduled time of the slot' }),
  dc: slug.optional().meta({ description: 'Of a job that runs in each data centre' }),
  shard: z.int().min(0).max(63).default(0),
}

export const opsJobsApi = {
  list: route({
    name: 'ops.jobs.list',
    summary: 'Jobs, each with its next and its last slot',
    method: 'GET',
    path: '/ops/v1/jobs',
    query: { event: slug.optional(), ...paging },
    reply: pageOf(jobItemSchema),
    ...policy,
    role: 'viewer',
  }),
  detail: route({
    name: 'ops.jobs.detail',
    summary: 'One job',
    method: 'GET',
    path: '/ops/v1/jobs/:id',
    params: id,
    reply: jobItemSchema,
    ...policy,
    role: 'viewer',
  }),
  save: route({
    name: 'ops.jobs.save',
    summary: 'Changes a job, or creates it with expectedVersion 0',
    method: 'PUT',
    path: '/ops/v1/jobs/:id',
    params: id,
    body: z.strictObject({
      title: text(120).optional(),
      event: slug.optional(),
      schedule: scheduleSchema.optional(),
      handler: slug.optional(),
      params: z.record(z.string(), z.unknown()).optional(),
      policy: jobPolicySchema.optional(),
      removed: z.boolean().optional().meta({ description: 'True: planned no more; its ledger stays' }),
      reason,
      expectedVersion,
    }),
    reply: jobItemSchema,
    ...policy,
    role: 'operator',
  }),
  pause: route({
    name: 'ops.jobs.pause',
    summary: 'Pauses a job, or lets it go on; slots that fall due meanwhile are skipped',
    method: 'PUT',
    path: '/ops/v1/jobs/:id/pause',
    params: id,
    body: z.strictObject({ paused: z.boolean(), reason, expectedVersion }),
    reply: jobItemSchema,
    ...policy,
    role: 'operator',
  }),
  slots: route({
    name: 'ops.jobs.slots',
    summary: 'The slot ledger of a job, newest first',
    method: 'GET',
    path: '/ops/v1/jobs/:id/slots',
    params: id,
    query: {
      state: z.enum(slotStates).optional(),
      upTo: moment
        .optional()
        .meta({ description: 'Only those scheduled by then; what is written ahead comes first otherwise' }),
      ...paging,
    },
    reply: pageOf(slotSchema),
    ...policy,
    role: 'viewer',
  }),
  run: route({
    name: 'ops.jobs.run',
    summary: 'Adds a slot that is due now',
    method: 'POST',
    path: '/ops/v1/jobs/:id/runs',
    params: id,
    body: z.strictObject({ dc: slotName.dc, reason }),
    reply: z.object({ slots: z.array(slotSchema) }),
    ...policy,
    role: 'operator',
  }),
  backfill: route({
    name: 'ops.jobs.backfill',
    summary: 'Adds the slots of a past stretch of time that are not in the ledger, or were skipped; oldest run first',
    method: 'POST',
    path: '/ops/v1/jobs/:id/backfill',
    params: id,
    body: z.strictObject({ from: moment, to: moment, dc: slotName.dc, reason }),
    reply: z.object({ added: z.int() }),
    ...policy,
    role: 'operator',
  }),
  act: route({
    name: 'ops.jobs.act',
    summary: 'Skips a slot that has not begun, runs it now, or ends one that runs',
    method: 'PUT',
    path: '/ops/v1/jobs/:id/slot',
    params: id,
    body: z.strictObject({ ...slotName, act: z.enum(['skip', 'run', 'cancel']), reason }),
    reply: slotSchema,
    ...policy,
    role: 'operator',
  }),
  handlers: route({
    name: 'ops.jobs.handlers',
    summary: 'What jobs can do, with the parameters each takes',
    method: 'GET',
    path: '/ops/v1/job-handlers',
    reply: z.object({ items: z.array(handlerSchema) }),
    ...policy,
    role: 'viewer',
  }),
  board: route({
    name: 'ops.jobs.board',
    summary: 'What ran in the last ten minutes, runs now, and is due in the next thirty; and who hands it out',
    method: 'GET',
    path: '/ops/v1/schedule',
    query: { event: slug.optional() },
    reply: z.object({
      asOf: moment,
      schedulers: z.array(schedulerSchema),
      slots: z.array(z.object({ ...slotSchema.shape, title: z.string(), event: slug.nullable() })).max(500),
      counts: z.partialRecord(z.enum(slotStates), z.int()).meta({ description: 'Of the last ten minutes' }),
    }),
    ...policy,
    role: 'viewer',
  }),
  queues: route({
    name: 'ops.jobs.queues',
    summary: 'A way into the pages of the queues, for a browser; ends after ten minutes',
    method: 'POST',
    path: '/ops/v1/queues/ticket',
    body: z.strictObject({}),
    reply: z.object({ url: z.string(), expiresAt: moment }),
    ...policy,
    role: 'viewer',
    keyed: false,
  }),
}
