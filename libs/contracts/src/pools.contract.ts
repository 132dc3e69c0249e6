import { z } from 'zod'
import { receiptsSchema } from './breakers.contract.js'
import { poolMoveSchema } from './control.contract.js'
import { moment, slug, text } from './fields.js'
import { route } from './route.js'

/** Where every event is answered that nobody has moved. Its breaker has its name; that of pool `hot` is `application.hot`. */
export const defaultPool = 'application'

const policy = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5000 } as const

export const opsPoolsApi = {
  report: route({
    name: 'ops.pools.report',
    summary: 'The pools access knows in each data centre, and the events that were moved to one',
    method: 'GET',
    path: '/ops/v1/pools',
    reply: z.object({
      position: z.int().min(0).meta({ description: 'Of the newest order' }),
      items: z.array(z.object({ dc: z.string(), pools: z.array(z.string()) })),
      moves: z.array(
        z.object({
          ...poolMoveSchema.shape,
          pool: slug.meta({ description: 'application: moved back a short while ago' }),
          at: moment,
          receipts: receiptsSchema,
        }),
      ),
    }),
    ...policy,
    role: 'viewer',
  }),
  move: route({
    name: 'ops.pools.move',
    summary: 'Lets a pool answer what is asked of an event; application moves it back',
    method: 'PUT',
    path: '/ops/v1/events/:id/pool',
    params: { id: slug },
    body: z.strictObject({ pool: slug, reason: text(400) }),
    reply: z.object({
      position: z.int().meta({ description: 'A process that has applied this position obeys' }),
      move: poolMoveSchema.nullable(),
    }),
    ...policy,
    role: 'operator',
  }),
}
