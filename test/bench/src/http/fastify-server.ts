import type { Server } from 'node:http'
import { fastify } from 'fastify'
import { type Document, pairsOf } from './document.js'

/** A route that sends bytes it has, as its manual says. */
export async function plainFastify(document: Document): Promise<Server> {
  const app = fastify()
  const body = Buffer.from(document.body)
  const headers = Object.fromEntries(pairsOf(document.headers))
  app.get('/v1/events/:id', (_, reply) => reply.headers(headers).send(body))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}
