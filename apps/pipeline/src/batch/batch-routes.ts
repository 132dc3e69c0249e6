import { AppError, lakeQueryAskSchema, lakeReportAskSchema, traceAskSchema, tracesAskSchema } from '@gala/contracts'
import { sendProblem, toAppError } from '@gala/runtime'
import type { INestApplicationContext } from '@nestjs/common'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { BatchLink } from './batch-link.js'

/** For base of this data centre, which has looked at roles before it asks. */
export function batchRoutes(server: FastifyInstance, nest: INestApplicationContext) {
  const link = nest.get(BatchLink)
  server.get('/pipelinez/lake', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(link.report()),
  )
  server.post(
    '/pipelinez/query',
    answering(lakeQueryAskSchema, async ({ sql }) => await link.queries.ask(sql)),
  )
  server.post(
    '/pipelinez/traces',
    answering(tracesAskSchema, async (ask) => await link.traces(ask)),
  )
  server.post(
    '/pipelinez/trace',
    answering(traceAskSchema, async ({ trace }) => await link.trace(trace)),
  )
  server.post(
    '/pipelinez/report',
    answering(lakeReportAskSchema, async ({ event, from, to }) => {
      const fromMs = from === undefined ? {} : { fromMs: Date.parse(from) }
      const toMs = to === undefined ? {} : { toMs: Date.parse(to) }
      return await link.traffic({ event, ...fromMs, ...toMs })
    }),
  )
}

function answering<S extends z.ZodType>(schema: S, answer: (asked: z.output<S>) => Promise<object>) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const asked = schema.safeParse(request.body)
    if (!asked.success) {
      const said = asked.error.issues.map(({ path, message }) => `${['body', ...path].join('.')}: ${message}`)
      return sendProblem(request, reply, new AppError('VALIDATION_FAILED', said.join('; ')))
    }
    try {
      return await reply.header('cache-control', 'no-store').send(await answer(asked.data))
    } catch (error) {
      return sendProblem(request, reply, toAppError(error))
    }
  }
}
