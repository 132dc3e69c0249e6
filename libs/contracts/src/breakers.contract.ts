import { z } from 'zod'
import { breakerModes, breakerName, breakerOrderSchema } from './control.contract.js'
import { moment, slug, text } from './fields.js'
import { breakerStates, resilienceReportSchema } from './resilience.contract.js'
import { route } from './route.js'

const count = z.int().min(0)

/** How far an order has got: every access and application process of every data centre says up to where it obeys. */
export const receiptsSchema = z
  .object({
    position: z.int().min(1).meta({ description: 'Change position of what was ordered' }),
    applied: count.meta({ description: 'Processes that say they have applied it' }),
    total: count,
    laggards: z.array(z.string()).meta({ description: 'Processes that have not said so' }),
    lastAckMs: z.number().nullable().meta({
      description: 'From the order to its application by the last process; null while one is missing, or long ago',
    }),
  })
  .meta({ id: 'Receipts' })
export type Receipts = z.output<typeof receiptsSchema>

const processSchema = z.object({
  name: z.string(),
  kind: z.enum(['access', 'application']),
  dc: z.string(),
  report: resilienceReportSchema.nullable(),
  detail: z.string().nullable().meta({ description: 'Why there is no report' }),
})
export type ResilienceProcess = z.output<typeof processSchema>

const itemSchema = z
  .object({
    name: breakerName,
    dc: z.string().meta({ description: 'Data centre the dependency stands in' }),
    state: z.enum(breakerStates).meta({ description: 'The worst that any process sees' }),
    open: count.meta({ description: 'Breakers that are open, over all processes' }),
    total: count,
    order: z
      .object({ ...breakerOrderSchema.shape, at: moment })
      .nullable()
      .meta({ description: 'What operators have ordered' }),
    receipts: receiptsSchema.nullable().meta({ description: 'Of the newest order or release' }),
  })
  .meta({ id: 'BreakerItem' })
export type BreakerItem = z.output<typeof itemSchema>

/** A minute of a planned switch-over is ordered in seconds; an order that outlives a day has been forgotten. */
const ttlMs = z.int().min(1_000).max(86_400_000)

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5000 } as const

export const opsBreakersApi = {
  report: route({
    name: 'ops.breakers.report',
    summary:
      'Every breaker by dependency and data centre, the orders, who has applied them, and what each process says',
    method: 'GET',
    path: '/ops/v1/breakers',
    reply: z.object({
      position: z.int().min(0).meta({ description: 'Of the newest order' }),
      items: z.array(itemSchema),
      processes: z.array(processSchema),
    }),
    ...policy,
    role: 'viewer',
  }),
  order: route({
    name: 'ops.breakers.order',
    summary: 'Forces every breaker of a dependency open or closed, lets it only watch, or releases it (auto)',
    method: 'PUT',
    path: '/ops/v1/breakers/:name',
    params: { name: breakerName },
    body: z
      .strictObject({
        mode: z.enum(breakerModes),
        dc: slug.optional().meta({ description: 'Data centre the dependency stands in; all of them when left out' }),
        ttlMs: ttlMs.optional().meta({ description: 'Needed unless the mode is auto' }),
        reason: text(400),
      })
      .refine(({ mode, ttlMs }) => mode === 'auto' || ttlMs !== undefined, {
        path: ['ttlMs'],
        error: 'must be given unless the mode is auto: an order ends by itself',
      }),
    reply: z.object({
      position: z.int().meta({ description: 'A process that has applied this position obeys' }),
      order: breakerOrderSchema.nullable(),
    }),
    ...policy,
    role: 'operator',
  }),
}
