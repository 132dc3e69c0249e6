import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that does nothing but answer as much as access does: what it needs for that, the machine and the load generator need. */
const body = Buffer.alloc(1_200, 'x')
const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
// Whoever started us is gone.
process.on('disconnect', () => process.exit())
