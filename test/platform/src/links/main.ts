import { createServer, type IncomingMessage } from 'node:http'
import { type LinkOrder, type LinkSpec, Relay } from './relay.js'

const orderBytesMax = 4_096

/** The program of a part of kind `link`. What it is started with stands in `GALA_LINK`. */
const { between, passages, controlPort, state } = JSON.parse(process.env['GALA_LINK'] ?? '') as LinkSpec
const relay = await Relay.open(between, passages, state)

/** Whoever listens at this port decides about the link: on loopback, as every part of the rig. */
const control = createServer(async (request, response) => {
  try {
    if (request.method === 'POST') {
      const { reset, ...change } = await orderOf(request)
      relay.order(change)
      if (reset) relay.reset()
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(relay.report))
  } catch (error) {
    response.writeHead(400).end((error as Error).message)
  }
})
control.listen(controlPort, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))

async function orderOf(request: IncomingMessage): Promise<LinkOrder> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > orderBytesMax) throw new Error('an order is never this long')
  }
  return JSON.parse(text) as LinkOrder
}
