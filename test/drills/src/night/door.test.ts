import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Reply } from '../load-connection.js'
import { Door } from './door.js'
import { patienceMs } from './plan.js'

const request = Buffer.from('GET / HTTP/1.1\r\nhost: edge\r\n\r\n')
const ended: (() => void)[] = []

afterEach(() => {
  for (const end of ended.splice(0)) end()
})

/** An edge that does with each request what it is told. */
async function edge(answer: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => answer(socket))
    ended.push(() => socket.destroy())
  })
  ended.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as { port: number }).port, server }
}

function doorTo(port: number, nowMs = () => 0): Door {
  const door = new Door(port, 2, nowMs)
  ended.push(() => door.end())
  return door
}

const asked = (door: Door) => new Promise<Reply>((settle) => door.ask(request, 0, settle))

describe('the door of an edge', () => {
  it('hands over an answer that comes in pieces, and what its head says', async () => {
    const { port } = await edge((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\nx-gala-cache: stale\r\naccess-control-expose-headers: ')
      setImmediate(() => {
        socket.write('x-gala-degraded\r\n\r\n{"id":')
        setImmediate(() => socket.write('"a"}'))
      })
    })
    const reply = await asked(doorTo(port))
    expect(reply).toMatchObject({ status: 200, old: true, cut: false })
    expect(reply.body.toString()).toBe('{"id":"a"}')
  })

  it('serves more requests than it has connections, one after the other', async () => {
    const { port } = await edge((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'))
    const door = doorTo(port)
    const replies = await Promise.all(Array.from({ length: 9 }, () => asked(door)))
    expect(replies.map(({ status }) => status)).toEqual(Array(9).fill(200))
  })

  it('says that nobody listens, long before its patience ends', async () => {
    const { port, server } = await edge(() => {})
    await new Promise((resolve) => server.close(resolve))
    const door = doorTo(port)
    const refused = asked(door)
    const looking = setInterval(() => door.look())
    ended.push(() => clearInterval(looking))
    expect(await refused).toMatchObject({ status: 0, lost: 'broken' })
  })

  it('tells an answer that broke off from one that did not come in time, and asks on new connections after either', async () => {
    let now = 0
    let act = (socket: Socket): unknown => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{')
    const { port } = await edge((socket) => act(socket))
    const door = doorTo(port, () => now)
    expect(await asked(door)).toMatchObject({ status: 0, lost: 'broken' })

    const hung = new Promise<void>((resolve) => {
      act = () => resolve()
    })
    const late = asked(door)
    await hung
    now = patienceMs + 1
    door.look()
    expect(await late).toMatchObject({ status: 0, lost: 'late' })

    now = 0
    act = (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
    const all = await Promise.all([asked(door), asked(door), asked(door)])
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200])
  })
})
