import fastifyStatic from '@fastify/static'
import { APP_CONTEXT } from '@gala/runtime'
import type { INestApplicationContext } from '@nestjs/common'
import type { FastifyInstance } from 'fastify'
import type { BaseContext } from './base.config.js'
import { QueuePages } from './jobs/queue-pages.js'

/** Nothing but the console's own files and this origin's API; nobody may frame it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves the built console at `/`, beside the operators' API, and the pages of the queues. */
export function serveConsole(server: FastifyInstance, nest: INestApplicationContext) {
  nest.get(QueuePages).serve(server)
  const { config } = nest.get<BaseContext>(APP_CONTEXT)
  server.register(fastifyStatic, {
    root: config.GALA_CONSOLE_DIR,
    wildcard: false,
    setHeaders: (reply) => {
      reply.header('content-security-policy', policy)
      reply.header('x-content-type-options', 'nosniff')
      reply.header('referrer-policy', 'no-referrer')
    },
  })
}
