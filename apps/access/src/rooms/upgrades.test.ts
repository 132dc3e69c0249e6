import { connect as connectTo, type Socket } from 'node:net'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, RoomRig, until } from './room-rig.js'

describe('who is let in', () => {
  let clock: VirtualClock
  let rig: RoomRig
  const rigOf = async (limits: ConstructorParameters<typeof RoomRig>[2]) => {
    rig = await new RoomRig(new MemoryRoomStore({ dc: 'dc-a', clock }), clock, limits).start()
  }
  beforeEach(() => {
    clock = new VirtualClock()
  })
  afterEach(() => rig.stop())

  const outcome = async (client: Client) => {
    await until(() => client.opened || client.refused !== undefined)
    return client.refused?.status ?? 101
  }
  const outcomes = async (clients: Client[]) => {
    const all: Record<number, number> = {}
    for (const client of clients) {
      const status = await outcome(client)
      all[status] = (all[status] ?? 0) + 1
    }
    return all
  }
  const many = (count: number, from = '203.0.113.7') =>
    Array.from({ length: count }, () => rig.client({ headers: { 'x-forwarded-for': from } }))

  it('is nobody more from an address that has as many as one may, and each is told so', async () => {
    await rigOf({ perAddressMax: 50, perS: 10_000 })
    const all: Record<number, number> = {}
    for (let i = 0; i < 20; i++)
      for (const [status, count] of Object.entries(await outcomes(many(100))))
        all[Number(status)] = (all[Number(status)] ?? 0) + count
    expect(all).toEqual({ 101: 50, 429: 1_950 })
    const [refused] = many(1)
    await outcome(refused as Client)
    expect(Number(refused?.refused?.retryAfter)).toBeGreaterThanOrEqual(5)
    expect(rig.doorkeeper.refused.address).toBe(1_951)
    expect(await outcomes(many(1, '203.0.113.8'))).toEqual({ 101: 1 })
    rig.clients[0]?.ws.terminate()
    await until(() => rig.sockets.all.size === 50)
    expect(await outcomes(many(1))).toEqual({ 101: 1 })
  })

  it('is only so many a second, and the others are told when to come back, not all at once', async () => {
    await rigOf({ perS: 10 })
    const clients = many(60)
    expect(await outcomes(clients)).toEqual({ 101: 10, 503: 50 })
    const told = new Set(clients.flatMap(({ refused }) => refused?.retryAfter ?? []))
    expect(told.size).toBeGreaterThan(1)
    await clock.advance(500)
    expect(await outcomes(many(10))).toEqual({ 101: 5, 503: 5 })
  })

  it('is nobody when the process is full, or about to stop', async () => {
    await rigOf({ max: 5 })
    expect(await outcomes(many(7))).toEqual({ 101: 5, 503: 2 })
    rig.doorkeeper.leaving = true
    for (const { ws } of rig.clients) ws.terminate()
    await until(() => rig.sockets.all.size === 0)
    expect(await outcomes(many(1))).toEqual({ 503: 1 })
    expect(rig.doorkeeper.refused).toMatchObject({ full: 2, leaving: 1 })
  })

  it('leaves nothing behind of handshakes that are none', async () => {
    await rigOf({ max: 3 })
    const { port } = new URL(rig.url())
    const says = (text: string) =>
      new Promise<string>((done) => {
        let all = ''
        const socket: Socket = connectTo(Number(port), '127.0.0.1', () => socket.write(text))
        socket.on('data', (chunk) => {
          all += chunk.toString()
        })
        socket.on('error', () => done(all))
        socket.on('close', () => done(all))
      })
    const upgrade = 'connection: upgrade\r\nupgrade: websocket\r\nhost: x\r\n'
    const bad = `GET /v1/rooms/gala/socket HTTP/1.1\r\n${upgrade}sec-websocket-version: 13\r\n\r\n`
    for (let i = 0; i < 5; i++) expect(await says(bad)).toMatch(/^HTTP\/1.1 400 /)
    for (const path of ['/', '/v1/rooms//socket', '/v1/rooms/Gala/socket', '/v1/rooms/gala/socket/x', '/v1/events'])
      expect(await says(`GET ${path} HTTP/1.1\r\n${upgrade}\r\n`)).toMatch(/^HTTP\/1.1 404 [\s\S]*ROUTE_NOT_FOUND/)
    expect(await outcomes(many(3))).toEqual({ 101: 3 })
  })
})
