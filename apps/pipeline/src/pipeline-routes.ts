import type { INestApplicationContext } from '@nestjs/common'
import type { FastifyInstance } from 'fastify'
import { batchRoutes } from './batch/batch-routes.js'
import { booksRoutes } from './books/books-routes.js'

/** What base of this data centre may ask, beside what every app answers. */
export function pipelineRoutes(server: FastifyInstance, nest: INestApplicationContext) {
  batchRoutes(server, nest)
  booksRoutes(server, nest)
}
