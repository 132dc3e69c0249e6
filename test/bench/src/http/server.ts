import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Document } from './document.js'

/** One contender on Node, a process of its own: told on stdin what to answer, says on stdout where it listens. */
const chunks: Buffer[] = []
process.stdin.on('data', (chunk: Buffer) => {
  chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (text.endsWith('\n')) void start(JSON.parse(text) as Document)
})
// Whoever started it has gone.
process.stdin.on('end', () => process.exit())

const starters: Record<string, (document: Document) => Promise<Server>> = {
  node: async (document) => {
    const body = Buffer.from(document.body)
    const server = createServer((_, response) => {
      response.writeHead(document.status, document.headers)
      response.end(body)
    })
    return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)))
  },
  fastify: async (document) => (await import('./fastify-server.js')).plainFastify(document),
  'nest-fastify': async (document) => (await import('./nest-server.js')).nestFastify(document),
  'nest-express': async (document) => (await import('./nest-server.js')).nestExpress(document),
}

async function start(document: Document) {
  const server = await starters[process.argv[2] ?? '']?.(document)
  if (!server) throw new Error(`there is no contender ${process.argv[2]}`)
  // As ours, or the answers would differ in a header.
  server.keepAliveTimeout = 75_000
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
}
