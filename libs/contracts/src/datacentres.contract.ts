import { z } from 'zod'
import { weightOrderSchema } from './control.contract.js'
import { moment, slug, text } from './fields.js'
import { route } from './route.js'

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 15_000 } as const

const writerToken = z.int().min(0).meta({ description: 'Fencing token: grows with every holder of the writer lease' })

/** One server of the database, as its own data centre's base sees it. */
const serverSchema = z.object({
  state: z.enum(['up', 'down']),
  role: z.enum(['writer', 'replica', 'fenced']).nullable().meta({
    description: 'fenced: takes no writes and follows nobody; null: cannot be told',
  }),
  position: z.int().nullable().meta({ description: 'Newest change it holds' }),
  behindMs: z.number().nullable().meta({ description: 'Age of the newest change it holds that the writer is past' }),
  semiSync: z.enum(['on', 'off']).nullable().meta({
    description: 'Of the writer: whether a commit waits until another server has it',
  }),
  detail: z.string().nullable(),
})

const voterSchema = z.object({
  name: z.string().meta({ description: 'Data centre whose Redis votes, or witness' }),
  state: z.enum(['granted', 'free', 'unreachable', 'young']).meta({
    description: 'young: started less than a lease ago, so it may have forgotten a grant and does not vote yet',
  }),
  holder: z.string().nullable(),
})

/** What would be lost if the data centre that holds it were gone now (recovery point objective). */
const atRiskSchema = z.object({
  data: z.enum(['writes', 'likes']),
  dc: z.string(),
  amount: z.number().nullable().meta({ description: 'null: cannot be told now' }),
  unit: z.string(),
  rule: z.string().meta({ description: 'What is promised of this kind of data' }),
})

const dataCentresBoardSchema = z
  .object({
    writer: z.object({
      dc: z.string().nullable().meta({ description: 'null: nobody holds the lease, the platform can only be read' }),
      holder: z.string().nullable(),
      token: writerToken,
      leaseMs: z.int().nullable().meta({ description: 'How long the lease would last without being renewed' }),
      since: moment.nullable(),
    }),
    voters: z.array(voterSchema),
    votesNeeded: z.int(),
    items: z.array(
      z.object({
        id: z.string(),
        mysql: serverSchema,
        links: z.array(z.object({ to: z.string(), rttMs: z.number().nullable() })),
        weight: z.object({
          percent: z.int(),
          rev: z.int(),
          order: z.object({ ...weightOrderSchema.shape, at: moment }).nullable(),
        }),
      }),
    ),
    atRisk: z.array(atRiskSchema),
  })
  .meta({ id: 'DataCentres' })
export type DataCentresBoard = z.output<typeof dataCentresBoardSchema>

export const opsDataCentresApi = {
  board: route({
    name: 'ops.datacentres.board',
    summary: 'Data centres: who writes, who votes, how far each follows, links, weights, and what would be lost',
    method: 'GET',
    path: '/ops/v1/datacentres',
    reply: dataCentresBoardSchema,
    ...policy,
    role: 'viewer',
  }),
  preview: route({
    name: 'ops.datacentres.preview',
    summary: 'What moving the writer there would need and cost, without moving it',
    method: 'GET',
    path: '/ops/v1/datacentres/writer/preview',
    query: { to: slug },
    reply: z.object({
      from: z.string().nullable(),
      to: z.string(),
      token: writerToken,
      mode: z.enum(['planned', 'emergency']).nullable().meta({ description: 'null: cannot be done now' }),
      checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
    }),
    ...policy,
    role: 'viewer',
  }),
  moveWriter: route({
    name: 'ops.datacentres.moveWriter',
    summary:
      'Moves the writer to another data centre: planned waits until it has everything, emergency takes what it has',
    method: 'PUT',
    path: '/ops/v1/datacentres/writer',
    body: z.strictObject({
      to: slug,
      mode: z.enum(['planned', 'emergency']),
      reason: text(400),
      expectedToken: writerToken,
    }),
    reply: z.object({
      from: z.string().nullable(),
      to: z.string(),
      token: writerToken,
      readOnlyMs: z.number().nullable().meta({ description: 'How long nobody could write; null: nobody wrote before' }),
    }),
    ...policy,
    role: 'admin',
    // Voters decide, not a transaction of the database; `expectedToken` keeps a second attempt from moving it again.
    keyed: false,
  }),
  weigh: route({
    name: 'ops.datacentres.weigh',
    summary: 'The share of its own requests a data centre answers by its own application; 0 drains it',
    method: 'PUT',
    path: '/ops/v1/datacentres/:dc/weight',
    params: { dc: slug },
    body: z.strictObject({
      percent: z.int().min(0).max(100),
      ttlMs: z.int().min(1_000).max(86_400_000).nullable().default(null),
      reason: text(400),
      expectedRev: z.int().min(0),
    }),
    reply: z.object({ rev: z.int(), position: z.int() }),
    ...policy,
    role: 'operator',
  }),
}
