import { AppError, booksAskSchema } from '@gala/contracts'
import { sendProblem, toAppError } from '@gala/runtime'
import type { INestApplicationContext } from '@nestjs/common'
import type { FastifyInstance } from 'fastify'
import { StreamLink } from '../stream-link.js'

/** For base of this data centre, which has looked at roles before it asks. */
export function booksRoutes(server: FastifyInstance, nest: INestApplicationContext) {
  const { books } = nest.get(StreamLink)
  server.get('/pipelinez/books', async (request, reply) => {
    const asked = booksAskSchema.safeParse(request.query)
    if (!asked.success) {
      const said = asked.error.issues.map(({ path, message }) => `${['query', ...path].join('.')}: ${message}`)
      return sendProblem(request, reply, new AppError('VALIDATION_FAILED', said.join('; ')))
    }
    try {
      return await reply.header('cache-control', 'no-store').send(await books.between(asked.data.from, asked.data.to))
    } catch (error) {
      return sendProblem(request, reply, toAppError(error))
    }
  })
}
