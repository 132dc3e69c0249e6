import { z } from 'zod'
import { moment } from './fields.js'
import { route } from './route.js'

export const timeApi = {
  read: route({
    name: 'time.read',
    summary: 'The server clock, for count-downs',
    method: 'GET',
    path: '/v1/time',
    reply: z.object({ now: moment, unixMs: z.int() }).meta({ id: 'Time' }),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 1000,
  }),
}
