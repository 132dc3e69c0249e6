import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'

/**
 * A peer on Node, a process of its own: `ws` or `socket.io`. Every line on stdin is a message to everybody, which costs it less than
 * an HTTP request would. Says on stdout where it listens.
 */
const kind = process.argv[2] ?? ''
// Ten thousand connect within seconds.
const backlog = 4_096
const server = createServer()
const sends: Record<string, () => (text: string) => void> = {
  ws: () => {
    const peers = new WebSocketServer({ server, perMessageDeflate: false })
    peers.on('connection', (peer) => peer.send('hello'))
    return (text) => {
      for (const peer of peers.clients) peer.send(text)
    }
  },
  'socket.io': () => {
    const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
    io.on('connection', (peer) => void peer.join('room'))
    return (text) => void io.to('room').emit('m', text)
  },
}
const send = sends[kind]?.()
if (!send) throw new Error(`there is no peer ${kind}`)
server.listen({ port: 0, host: '127.0.0.1', backlog }, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
const lines = createInterface({ input: process.stdin })
lines.on('line', send)
// Whoever started it has gone.
lines.on('close', () => process.exit())
