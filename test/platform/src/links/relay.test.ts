import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { until } from '../wait.js'
import { type LinkState, Relay } from './relay.js'

const inHealth: LinkState = { delayMs: 0, cutFrom: [], lossPercent: 0, dropPerS: 0 }
const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A free port of loopback. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A server in `dc-b` that is reached from `dc-a` through the relay. */
async function joined(state: Partial<LinkState> = {}, onConnection: (socket: Socket) => void = echo) {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    sockets.push(socket)
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const listen = await freePort()
  const relay = await Relay.open(['dc-a', 'dc-b'], [{ from: 'dc-a', listen, port }], { ...inHealth, ...state })
  closers.push(
    () => relay.close(),
    () => server.close(),
    () => {
      for (const socket of sockets) socket.destroy()
    },
  )
  const dial = async () => {
    const socket = connect({ port: listen, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => {})
    closers.push(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { relay, sockets, dial }
}

const echo = (socket: Socket) => void socket.on('data', (bytes: Buffer) => socket.write(bytes))

/** What has arrived, as it grows. */
function heard(socket: Socket) {
  const all = { text: '', bytes: 0 }
  socket.on('data', (bytes: Buffer) => {
    all.bytes += bytes.length
    if (all.bytes <= 1_000_000) all.text += String(bytes)
  })
  return all
}

async function roundTripMs(socket: Socket, word: string): Promise<number> {
  const fromMs = performance.now()
  socket.write(word)
  await once(socket, 'data')
  return performance.now() - fromMs
}

describe('a link between data centres', () => {
  it('lets bytes arrive after its delay each way, and the first ones after a handshake as well', async () => {
    const { dial, relay } = await joined({ delayMs: 30 })
    const socket = await dial()
    const first = await roundTripMs(socket, 'a')
    expect(first).toBeGreaterThanOrEqual(30 * 4 - 2)
    const trips: number[] = []
    for (let i = 0; i < 10; i++) trips.push(await roundTripMs(socket, 'a'))
    expect(Math.min(...trips)).toBeGreaterThanOrEqual(59)
    // Whoever measures shares a machine: the best of ten tells what the relay adds.
    expect(Math.min(...trips)).toBeLessThan(75)
    relay.order({ delayMs: 1 })
    const near: number[] = []
    for (let i = 0; i < 10; i++) near.push(await roundTripMs(socket, 'a'))
    expect(Math.min(...near)).toBeGreaterThanOrEqual(2)
    expect(Math.min(...near)).toBeLessThan(15)
  })

  it('tells nobody that it is cut, and afterwards everything arrives once and in order', async () => {
    const { dial, relay, sockets } = await joined({ delayMs: 2 })
    const socket = await dial()
    const answers = heard(socket)
    socket.write('0;')
    await until(() => answers.text === '0;', 'nothing arrives', 5_000, 5)
    const ends: string[] = []
    for (const end of ['end', 'close', 'error']) socket.on(end, () => ends.push(end))
    relay.order({ cutFrom: ['dc-a', 'dc-b'] })
    const words = Array.from({ length: 2_000 }, (_, i) => `${i + 1};`)
    for (const word of words) socket.write(word)
    await until(() => relay.report.heldBytes > 0, 'nothing is held', 5_000, 5)
    await roundsOfTheLoop(50)
    expect([answers.text, sockets[0]?.destroyed, ends]).toEqual(['0;', false, []])
    relay.order({ cutFrom: [], delayMs: 1 })
    const all = ['0;', ...words].join('')
    await until(() => answers.text.length >= all.length, 'it does not go on', 5_000, 5)
    expect([answers.text === all, ends, relay.report.heldBytes]).toEqual([true, [], 0])
  })

  it('keeps one way open when only the other is cut', async () => {
    const { dial, relay, sockets } = await joined()
    const socket = await dial()
    const answers = heard(socket)
    await until(() => sockets.length === 1, 'nobody is connected', 5_000, 5)
    const asked = heard(sockets[0] as Socket)
    relay.order({ cutFrom: ['dc-b'] })
    socket.write('asked')
    await until(() => asked.text === 'asked', 'the open way is cut as well', 5_000, 5)
    await roundsOfTheLoop(50)
    expect(answers.text).toBe('')
    relay.order({ cutFrom: [] })
    await until(() => answers.text === 'asked', 'the answer does not arrive', 5_000, 5)
  })

  it('tells the other end of a connection that was closed while it was cut only when it is mended', async () => {
    const { dial, relay, sockets } = await joined()
    const [kept, given] = [await dial(), await dial()]
    await until(() => sockets.length === 2, 'nobody is connected', 5_000, 5)
    const told: number[] = []
    for (const [i, socket] of sockets.entries()) socket.on('end', () => told.push(i)).on('close', () => told.push(i))
    relay.order({ cutFrom: ['dc-a', 'dc-b'] })
    given.destroy()
    await roundsOfTheLoop(50)
    expect(told).toEqual([])
    relay.order({ cutFrom: [] })
    await until(() => told.length > 0, 'nobody is told', 5_000, 5)
    expect(await roundTripMs(kept, 'still here')).toBeGreaterThan(0)
  })

  it('keeps nothing of who tried to connect while it was cut and gave up', async () => {
    const { dial, relay, sockets } = await joined({ cutFrom: ['dc-a', 'dc-b'] })
    for (let i = 0; i < 20; i++) (await dial()).destroy()
    await until(() => relay.report.connections === 0, 'connections are kept', 5_000, 5)
    relay.order({ cutFrom: [] })
    expect(await roundTripMs(await dial(), 'a')).toBeGreaterThan(0)
    expect(sockets).toHaveLength(1)
  })

  it('resets both ends when it is told to, and takes new connections', async () => {
    const { dial, relay, sockets } = await joined({ delayMs: 1 })
    const socket = await dial()
    await roundTripMs(socket, 'a')
    const faults: unknown[] = []
    for (const end of [socket, sockets[0] as Socket])
      end.on('error', ({ code }: NodeJS.ErrnoException) => faults.push(code))
    relay.reset()
    await until(() => faults.length === 2, 'an end is not told', 5_000, 5)
    expect(faults).toEqual(['ECONNRESET', 'ECONNRESET'])
    expect(await roundTripMs(await dial(), 'a')).toBeGreaterThan(0)
  })

  it('resets connections one by one at the rate it is told', async () => {
    const { dial, relay } = await joined({ dropPerS: 100 })
    let closed = 0
    for (let i = 0; i < 5; i++) (await dial()).on('close', () => closed++)
    await until(() => closed === 5 && relay.report.connections === 0, 'a connection stays', 5_000, 5)
  })

  it('holds a bounded amount for a reader that has stopped, and slows whoever writes', async () => {
    const { dial, relay, sockets } = await joined({ delayMs: 1 }, (socket) => socket.pause())
    const socket = await dial()
    const piece = Buffer.alloc(65_536, 'x')
    const pieces = 1_000
    for (let i = 0; i < pieces; i++) socket.write(piece)
    const settled = async () => {
      const before = socket.bytesWritten - socket.writableLength
      await roundsOfTheLoop(30)
      return socket.bytesWritten - socket.writableLength === before
    }
    await until(settled, 'it never stops reading', 10_000, 100)
    expect(relay.report.heldBytes).toBeLessThanOrEqual(524_288 + 65_536)
    expect(socket.writableLength).toBeGreaterThan(piece.length * (pieces / 2))
    const arrived = heard(sockets[0] as Socket)
    sockets[0]?.resume()
    await until(() => arrived.bytes === piece.length * pieces, 'something is lost', 10_000, 20)
  })

  it('passes the end of one direction while the other goes on', async () => {
    const { dial } = await joined({ delayMs: 1 }, (socket) => {
      const asked = heard(socket)
      socket.on('end', () => socket.end(`had ${asked.text}`))
    })
    const socket = await dial()
    const answer = heard(socket)
    socket.end('all')
    await once(socket, 'close')
    expect(answer.text).toBe('had all')
  })
})

/** Long enough for what could arrive over loopback to have arrived. */
async function roundsOfTheLoop(rounds: number) {
  for (let i = 0; i < rounds; i++) await new Promise((resolve) => setTimeout(resolve, 1))
}
