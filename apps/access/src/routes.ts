import { publicRoutes } from '@gala/contracts'
import type { INestApplicationContext } from '@nestjs/common'
import type { FastifyInstance } from 'fastify'
import { EDGE_HEALTH } from './access.module.js'
import type { EdgeHealth } from './edge-health.js'
import { Pipeline } from './pipeline.js'

/** Access knows no feature: whatever stands in the route table goes through the pipeline. `/edgez` is for the edge alone. */
export function registerRoutes(server: FastifyInstance, nest: INestApplicationContext) {
  const pipeline = nest.get(Pipeline)
  for (const route of publicRoutes) {
    server.route({ method: route.method, url: route.path, handler: pipeline.handle(route) })
  }
  const health = nest.get<() => EdgeHealth>(EDGE_HEALTH)
  server.get('/edgez', async (_request, reply) => {
    const told = health()
    return reply
      .status(told.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(told)
  })
}
