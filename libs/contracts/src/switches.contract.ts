import { z } from 'zod'
import { receiptsSchema } from './breakers.contract.js'
import { moment, slug, text } from './fields.js'
import { route } from './route.js'
import { savingSchema } from './savings.js'
import {
  automaticActSchema,
  clientVersion,
  criticalitySchema,
  levelOrderSchema,
  levelsMax,
  rungs,
  switchKeys,
  switchOrderSchema,
  switchSources,
} from './switches.js'

const count = z.int().min(0)
const revision = z.int().min(0)
const key = z.enum(switchKeys)
const rung = z.enum(rungs)
const criticality = criticalitySchema

/** An order ends by itself after this; a night is over in a day. Without it, it holds until it is taken back. */
const ttlMs = z.int().min(1_000).max(86_400_000)

/** An act that needs a second person: what was asked, by whom, until when somebody else may confirm it. */
const proposalSchema = z
  .object({
    id: z.string().max(64),
    act: z.enum(['switch', 'level']),
    key: key.nullable().meta({ description: 'The switch; null for a level' }),
    to: z.string().meta({ description: 'Rung or level' }),
    dc: slug.nullable(),
    actor: text(120),
    reason: text(400),
    at: moment,
    expiresAt: moment,
  })
  .meta({ id: 'Proposal' })
export type Proposal = z.output<typeof proposalSchema>

const effectiveSchema = z.object({
  dc: z.string(),
  rung: rung.meta({ description: 'On which most processes of this data centre have it' }),
  source: z.enum(switchSources),
  partial: z.boolean().meta({ description: 'Only some viewers are on that rung' }),
  processes: z.record(rung, count).meta({ description: 'Processes by the rung they say they are on' }),
})

const automaticItemSchema = z.object({
  ...automaticActSchema.shape,
  dc: z.string(),
  flaps: count.meta({ description: 'Times it was raised and lowered within the last ten minutes' }),
  damped: z.boolean().meta({ description: 'Held up longer than the rule asks, because it flapped' }),
})

const switchItemSchema = z
  .object({
    key,
    title: z.string(),
    criticality,
    owner: z.string(),
    ladder: z.array(rung),
    loses: z.partialRecord(rung, z.string()),
    needs: z.array(z.string()),
    rev: revision.meta({ description: 'Say it as expectedRev when you change the switch; 0: never ordered' }),
    orders: z.array(z.object({ ...switchOrderSchema.shape, at: moment })).meta({ description: 'In force' }),
    last: z
      .object({ state: z.string(), actor: z.string(), reason: z.string(), at: moment })
      .nullable()
      .meta({ description: 'The newest order or release, for undo and for who, when and why' }),
    effective: z.array(effectiveSchema).meta({ description: 'By data centre' }),
    automatic: z
      .array(automaticItemSchema)
      .meta({ description: 'What rules have raised, whether it has effect or not' }),
    proposal: proposalSchema.nullable(),
    receipts: receiptsSchema.nullable(),
    savings: z.array(savingSchema),
    twoPersons: z.boolean().meta({ description: 'An order needs a second operator' }),
  })
  .meta({ id: 'SwitchItem' })
export type SwitchItem = z.output<typeof switchItemSchema>

const levelItemSchema = z.object({
  dc: z.string(),
  level: z.int().min(0).max(levelsMax),
  order: z.object({ ...levelOrderSchema.shape, at: moment }).nullable(),
})

/** What is going on in one data centre, from what its processes counted in the last seconds. */
const trafficSchema = z
  .object({
    dc: z.string(),
    perS: z.number().meta({ description: 'Requests of the audience a second, at access' }),
    share: z.number().min(0).max(1).meta({ description: 'Of all data centres’ requests' }),
    p50Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    errorShare: z.number().min(0).max(1).meta({ description: 'Answers of 500 and above' }),
    hitShare: z.number().min(0).max(1).meta({ description: 'Answered from the memory of access' }),
    degradedShare: z.number().min(0).max(1),
    loopDelayMs: z.number().meta({ description: 'The latest event loop' }),
    headroom: z.number().min(0).max(1).meta({ description: 'The least of any process' }),
    processes: count,
    answering: count,
  })
  .meta({ id: 'Traffic' })
export type Traffic = z.output<typeof trafficSchema>

export const switchboardSchema = z
  .object({
    asOf: moment,
    position: z.int().min(0).meta({ description: 'Of the newest order' }),
    level: z.object({ rev: revision, items: z.array(levelItemSchema), proposal: proposalSchema.nullable() }),
    switches: z.array(switchItemSchema),
    traffic: z.array(trafficSchema),
    processes: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['access', 'application']),
        dc: z.string(),
        position: z
          .int()
          .min(0)
          .nullable()
          .meta({ description: 'Orders applied up to here; null: it cannot be asked' }),
        detail: z
          .string()
          .nullable()
          .meta({ description: 'Why it cannot be asked, or cannot apply the newest orders' }),
      }),
    ),
  })
  .meta({ id: 'Switchboard' })
export type Switchboard = z.output<typeof switchboardSchema>

const changeSchema = z.object({ key, dc: z.string(), from: rung, to: rung })

const amountsSchema = z
  .object({ cpuMs: z.number(), redisCommands: z.number(), rowsRead: z.number(), bytesSent: z.number() })
  .meta({ id: 'SavedAmounts' })

const planSchema = z.object({
  set: z.array(z.object({ key, rung })),
  predicted: amountsSchema.meta({ description: 'Saved in a thousand requests of the mix' }),
  share: z.number().meta({ description: 'Of the processor time of everything at full' }),
  pain: z
    .number()
    .meta({ description: 'Sum over the set: the more important the class and the lower the rung, the more' }),
  loses: z.array(z.string()),
})
export type Plan = z.output<typeof planSchema>

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5000 } as const
const switchKey = { key: key.meta({ description: 'Switch' }) }

const done = {
  rev: revision.meta({ description: 'The revision now; of a proposal, the one before it' }),
  position: z.int().min(0).meta({ description: 'A process that has applied this position obeys' }),
  proposal: proposalSchema
    .nullable()
    .meta({ description: 'Not null: nothing has changed yet, a second operator has to confirm' }),
}
export type SwitchDone = z.output<z.ZodObject<typeof done>>

export const opsSwitchesApi = {
  list: route({
    name: 'ops.switches.list',
    summary: 'Every switch and level: what is ordered, what is in effect where, who has applied it, what it saves',
    method: 'GET',
    path: '/ops/v1/switches',
    reply: switchboardSchema,
    ...policy,
    role: 'viewer',
  }),
  order: route({
    name: 'ops.switches.order',
    summary: 'Puts a switch on a rung, or gives it back to rules and level (auto)',
    method: 'PUT',
    path: '/ops/v1/switches/:key',
    params: switchKey,
    body: z.strictObject({
      state: z.enum(['auto', ...rungs]),
      scope: z
        .strictObject({
          dc: slug.optional().meta({ description: 'Data centre; all of them when left out' }),
          percent: z
            .int()
            .min(1)
            .max(100)
            .optional()
            .meta({ description: 'Share of viewers, by a stable hash; 100 when left out' }),
          clientBelow: clientVersion.optional().meta({ description: 'Only clients of a lower version than this' }),
        })
        .optional(),
      ttlMs: ttlMs.optional().meta({ description: 'Ends by itself after this; holds until taken back when left out' }),
      reason: text(400),
      expectedRev: revision.meta({ description: 'As last seen; another one means somebody was faster' }),
    }),
    reply: z.object(done),
    ...policy,
    role: 'operator',
  }),
  receipts: route({
    name: 'ops.switches.receipts',
    summary: 'Which processes have applied the newest order of a switch',
    method: 'GET',
    path: '/ops/v1/switches/:key/receipts',
    params: switchKey,
    reply: z.object({
      rev: revision,
      applied: count,
      total: count,
      laggards: z.array(z.string()),
      lastAckMs: z.number().nullable(),
      refused: z
        .array(z.object({ name: z.string(), why: z.string() }))
        .meta({ description: 'Those that say why they cannot' }),
    }),
    ...policy,
    role: 'viewer',
  }),
  level: route({
    name: 'ops.switches.level',
    summary:
      'Sets the level of the platform: 1 cuts sheddable, 2 also sheddable-plus, 3 also critical, 4 leaves the static page and the video',
    method: 'PUT',
    path: '/ops/v1/level',
    body: z.strictObject({
      level: z.int().min(0).max(levelsMax),
      dc: slug.optional().meta({ description: 'Data centre; all of them when left out' }),
      ttlMs: ttlMs.optional(),
      reason: text(400),
      expectedRev: revision,
    }),
    reply: z.object(done),
    ...policy,
    role: 'operator',
  }),
  preview: route({
    name: 'ops.switches.preview',
    summary: 'What a level would change, and what that would save',
    method: 'GET',
    path: '/ops/v1/level/preview',
    query: { level: z.coerce.number().int().min(0).max(levelsMax), dc: slug.optional() },
    reply: z.object({
      changes: z.array(changeSchema),
      predicted: amountsSchema
        .nullable()
        .meta({ description: 'In a thousand requests; null: nothing has been measured' }),
      loses: z.array(z.string()),
    }),
    ...policy,
    role: 'viewer',
  }),
  confirm: route({
    name: 'ops.switches.confirm',
    summary: 'Confirms what another operator has proposed: then it is done',
    method: 'PUT',
    path: '/ops/v1/proposals/:id',
    params: { id: z.string().regex(/^[0-9a-f-]{8,64}$/) },
    body: z.strictObject({ verdict: z.enum(['confirm', 'withdraw']), reason: text(400) }),
    reply: z.object(done),
    ...policy,
    role: 'operator',
  }),
  plan: route({
    name: 'ops.switches.plan',
    summary: 'The least painful sets of switches that save a wanted part of the processor time, best first',
    method: 'GET',
    path: '/ops/v1/plan',
    query: { savePercent: z.coerce.number().min(1).max(100) },
    reply: z.object({
      baseline: amountsSchema
        .nullable()
        .meta({ description: 'Of a thousand requests at full; null: nothing has been measured' }),
      plans: z.array(planSchema).max(5),
    }),
    ...policy,
    role: 'viewer',
  }),
}
