import { z } from 'zod'
import { eventSchema } from './events.contract.js'
import { moment, slug, text, version } from './fields.js'
import { slotSchema } from './jobs.contract.js'
import { route } from './route.js'
import { eventTime, jobPolicySchema, scheduleSchema } from './schedule.js'

/** Operators who have to approve what cannot be taken back; whoever wrote the step is one of them. */
export const approvalsNeeded = 2

const stepFields = {
  key: slug,
  title: text(120),
  at: eventTime,
  handler: slug,
  params: z.record(z.string(), z.unknown()).default({}),
  policy: jobPolicySchema.optional(),
  irreversible: z.boolean().default(false).meta({ description: 'It is run only when two operators have approved it' }),
  onFailure: z
    .enum(['go-on', 'hold'])
    .default('go-on')
    .meta({ description: 'hold: the rest of the timeline waits for an operator' }),
}

const stepGiven = z.strictObject(stepFields)
export type StepGiven = z.output<typeof stepGiven>

const stepSchema = z
  .object({
    ...stepFields,
    policy: jobPolicySchema,
    schedule: scheduleSchema,
    due: moment,
    approvals: z.array(z.object({ actor: z.string(), at: moment })),
    approved: z.boolean().meta({ description: 'Nothing keeps it from being run at its time' }),
    slot: slotSchema.nullable().meta({ description: 'The newest that was not moved away; null: not planned' }),
  })
  .meta({ id: 'TimelineStep' })
export type TimelineStep = z.output<typeof stepSchema>

const timelineSchema = z
  .object({
    event: eventSchema,
    template: z.string().nullable(),
    version: version.meta({ description: '0: the event has no timeline' }),
    held: z.object({ by: z.string(), reason: z.string(), at: moment }).nullable(),
    steps: z.array(stepSchema),
  })
  .meta({ id: 'Timeline' })
export type Timeline = z.output<typeof timelineSchema>

const changeSchema = z
  .object({
    step: slug,
    what: z.enum(['added', 'removed', 'changed', 'moved', 'stays']),
    from: moment.nullable(),
    to: moment.nullable(),
    note: z.string().meta({ description: 'Such as: it has been done; it is due at once' }),
  })
  .meta({ id: 'TimelineChange' })
export type TimelineChange = z.output<typeof changeSchema>

const checkSchema = z
  .object({ name: z.string(), go: z.boolean(), weight: z.enum(['stop', 'warn']), seen: z.string() })
  .meta({ id: 'ReadinessCheck' })
export const readinessListSchema = z.object({
  at: moment,
  go: z.boolean().meta({ description: 'No check with the weight stop has failed' }),
  checks: z.array(checkSchema),
})
export type ReadinessList = z.output<typeof readinessListSchema>

const peakSchema = z.object({ name: z.string(), value: z.number(), unit: z.string(), at: moment.nullable() })
export const eventReportSchema = z
  .object({
    event: eventSchema,
    madeAt: moment,
    from: moment,
    to: moment,
    peaks: z.array(peakSchema),
    totals: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string() })),
    errors: z.array(z.object({ name: z.string(), count: z.number() })),
    degradations: z.array(z.object({ at: moment, what: z.string(), actor: z.string(), reason: z.string().nullable() })),
    steps: z.array(
      z.object({
        step: z.string(),
        title: z.string(),
        due: moment,
        state: z.string(),
        lateMs: z.number().nullable(),
        tookMs: z.number().nullable(),
        detail: z.string().nullable(),
      }),
    ),
    audit: z.array(
      z.object({
        at: moment,
        actor: z.string(),
        action: z.string(),
        target: z.string(),
        reason: z.string().nullable(),
      }),
    ),
    gaps: z.array(z.string()).meta({ description: 'What could not be asked when it was made' }),
  })
  .meta({ id: 'EventReport' })
export type EventReport = z.output<typeof eventReportSchema>

/** Names of the scripts there are. */
export const timelineTemplates = ['launch', 'gala'] as const
export type TimelineTemplate = (typeof timelineTemplates)[number]

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5000 } as const
const id = { id: slug.meta({ description: 'Event id' }) }
const reason = text(400)
const expectedVersion = version.meta({ description: 'Of the timeline, as last seen; 0 creates it' })
const written = z.object({ timeline: timelineSchema, changes: z.array(changeSchema), position: z.int() })

export const opsTimelineApi = {
  read: route({
    name: 'ops.timeline.read',
    summary: 'The script of an event: its steps, when they are due, and what became of them',
    method: 'GET',
    path: '/ops/v1/events/:id/timeline',
    params: id,
    reply: timelineSchema,
    ...policy,
    role: 'viewer',
  }),
  save: route({
    name: 'ops.timeline.save',
    summary: 'Makes the script of an event from a template or from steps, or moves it with the event’s start and end',
    method: 'PUT',
    path: '/ops/v1/events/:id/timeline',
    params: id,
    body: z.strictObject({
      template: z.enum(timelineTemplates).optional(),
      steps: z
        .array(stepGiven)
        .max(64)
        .optional()
        .meta({ description: 'Instead of a template; replaces all steps that have not begun' }),
      startAt: moment.optional(),
      endAt: moment.optional().meta({ description: 'Moves along with the start when left out' }),
      dryRun: z.boolean().default(false).meta({ description: 'True: only tells what would change' }),
      reason,
      expectedVersion,
    }),
    bodyBytesMax: 131_072,
    reply: written,
    ...policy,
    role: 'operator',
  }),
  hold: route({
    name: 'ops.timeline.hold',
    summary: 'Holds the timeline: nothing of it begins until it goes on',
    method: 'PUT',
    path: '/ops/v1/events/:id/timeline/hold',
    params: id,
    body: z.strictObject({ held: z.boolean(), reason, expectedVersion }),
    reply: written,
    ...policy,
    role: 'operator',
  }),
  step: route({
    name: 'ops.timeline.step',
    summary: 'Runs a step now, skips it, or approves it as one of two',
    method: 'PUT',
    path: '/ops/v1/events/:id/timeline/steps/:step',
    params: { ...id, step: slug.meta({ description: 'Step' }) },
    body: z.strictObject({ act: z.enum(['run', 'skip', 'approve']), reason, expectedVersion }),
    reply: written,
    ...policy,
    role: 'operator',
  }),
  readiness: route({
    name: 'ops.timeline.readiness',
    summary: 'Go or no-go, checked now',
    method: 'GET',
    path: '/ops/v1/events/:id/readiness',
    params: id,
    reply: readinessListSchema,
    ...policy,
    role: 'viewer',
  }),
  report: route({
    name: 'ops.timeline.report',
    summary: 'What an event was like, as last put together by its timeline',
    method: 'GET',
    path: '/ops/v1/events/:id/report',
    params: id,
    reply: eventReportSchema,
    ...policy,
    role: 'viewer',
  }),
}
