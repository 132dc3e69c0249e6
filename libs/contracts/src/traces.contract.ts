import { z } from 'zod'
import { moment, text } from './fields.js'
import { headers } from './headers.js'
import { route } from './route.js'

export const opsTracesApi = {
  force: route({
    name: 'ops.traces.force',
    summary: 'Gives a token: requests that carry it are traced whole and kept, and get nothing from memory',
    method: 'POST',
    path: '/ops/v1/traces/force',
    body: z.strictObject({
      forS: z.int().min(10).max(3_600).default(600).meta({ description: 'How long it holds, in seconds' }),
      reason: text(400),
    }),
    reply: z.object({
      header: z.literal(headers.trace).meta({ description: 'The header it is to be sent in' }),
      token: z.string(),
      expiresAt: moment,
    }),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'operator',
  }),
}
