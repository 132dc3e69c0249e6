import { AppError, publicRoutes, snapshotAskSchema } from '@gala/contracts'
import { sendProblem } from '@gala/runtime'
import type { INestApplicationContext } from '@nestjs/common'
import type { FastifyInstance } from 'fastify'
import { EDGE_HEALTH, LEAVE_SNAPSHOTS } from './access.module.js'
import type { EdgeHealth } from './edge-health.js'
import type { LeaveSnapshots } from './leave-snapshots.js'
import { Pipeline } from './pipeline.js'
import { Rooms } from './rooms/rooms.js'

/** Access knows no feature: whatever stands in the route table goes through the pipeline. `/edgez` is for the edge alone, `/snapshotz` for base. */
export function registerRoutes(server: FastifyInstance, nest: INestApplicationContext) {
  const pipeline = nest.get(Pipeline)
  for (const route of publicRoutes) {
    server.route({ method: route.method, url: route.path, handler: pipeline.handle(route) })
  }
  nest.get(Rooms).serve(server)
  const health = nest.get<() => EdgeHealth>(EDGE_HEALTH)
  server.get('/edgez', async (_request, reply) => {
    const told = health()
    return reply
      .status(told.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(told)
  })
  const leave = nest.get<LeaveSnapshots>(LEAVE_SNAPSHOTS)
  server.post('/snapshotz', async (request, reply) => {
    const asked = snapshotAskSchema.safeParse(request.body)
    if (!asked.success) {
      return sendProblem(request, reply, new AppError('VALIDATION_FAILED', 'body.paths: at most 32 addresses'))
    }
    return reply.header('cache-control', 'no-store').send(await leave(asked.data.paths))
  })
}
