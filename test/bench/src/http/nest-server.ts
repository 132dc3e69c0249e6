import 'reflect-metadata'
import type { Server, ServerResponse } from 'node:http'
import { Controller, Get, Module, Param, Res } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { type NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { createCache } from 'cache-manager'
import { type Document, pairsOf } from './document.js'

/** What both kinds of reply have. */
interface Reply {
  header(name: string, value: string): unknown
}

/** Longer than a run. */
const ttlMs = 3_600_000

/** A controller that returns bytes it has: the framework, and nothing it could do better. */
export async function nestFastify(document: Document): Promise<Server> {
  const body = Buffer.from(document.body)
  const headers = pairsOf(document.headers)

  @Controller('v1/events')
  class Events {
    @Get(':id')
    detail(@Res({ passthrough: true }) reply: Reply) {
      for (const [name, value] of headers) reply.header(name, value)
      return body
    }
  }
  @Module({ controllers: [Events] })
  class Root {}

  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), { logger: false })
  await app.listen(0, '127.0.0.1')
  return app.getHttpServer()
}

/**
 * What a service has that was begun with `nest new` and given a cache: Express, cache-manager in memory, an object returned and
 * written as JSON each time. It is spared its own ETag, since the answers have to be the same.
 */
export async function nestExpress(document: Document): Promise<Server> {
  const cache = createCache({ ttl: ttlMs })
  const id = document.path.slice(document.path.lastIndexOf('/') + 1)
  await cache.set(`event:${id}`, JSON.parse(document.body))
  const headers = pairsOf(document.headers)

  @Controller('v1/events')
  class Events {
    @Get(':id')
    async detail(@Param('id') id: string, @Res({ passthrough: true }) reply: Reply & ServerResponse) {
      for (const [name, value] of headers) reply.header(name, value)
      return await cache.get(`event:${id}`)
    }
  }
  @Module({ controllers: [Events] })
  class Root {}

  const app = await NestFactory.create<NestExpressApplication>(Root, { logger: false })
  app.disable('x-powered-by')
  await app.listen(0, '127.0.0.1')
  return app.getHttpServer()
}
