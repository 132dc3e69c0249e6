import { publicRoutes } from '@gala/contracts'
import type { INestApplicationContext } from '@nestjs/common'
import type { FastifyInstance } from 'fastify'
import { Pipeline } from './pipeline.js'

/** Access knows no feature: whatever stands in the route table goes through the pipeline. */
export function registerRoutes(server: FastifyInstance, nest: INestApplicationContext) {
  const pipeline = nest.get(Pipeline)
  for (const route of publicRoutes) {
    server.route({ method: route.method, url: route.path, handler: pipeline.handle(route) })
  }
}
