import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands for an application whose catalogue has as many events as one likes: a program of its own that answers every event as the
 * real one answered one, with the same internal heads. Told the answer on stdin, says its port on stdout.
 */
export interface Pattern {
  id: string
  body: string
  headers: Record<string, string>
}

const chunks: Buffer[] = []
process.stdin.on('data', (chunk: Buffer) => {
  chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (text.endsWith('\n')) start(JSON.parse(text) as Pattern)
})
process.stdin.on('end', () => process.exit())

function start({ id: patternId, body, headers }: Pattern) {
  const server = createServer((request, response) => {
    const id = /^\/v1\/events\/([a-z0-9-]+)$/.exec(request.url ?? '')?.[1]
    if (id === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      return response.end('{}')
    }
    const own = (text: string) => text.replaceAll(patternId, id)
    const told = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, own(value)]))
    response.writeHead(200, { ...told, 'x-gala-as-of': String(Date.now()) })
    return response.end(own(body))
  })
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
}
