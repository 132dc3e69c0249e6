import { closeCodes, formatCursor, type RoomMessages } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type FastifyInstance, fastify } from 'fastify'
import { HandPump, RoomRig, until } from './room-rig.js'
import { RoomStreams } from './room-streams.js'

interface Told {
  event: string
  id: string | undefined
  data: string
}

describe('a stream of server-sent events', () => {
  let clock: VirtualClock
  let pump: HandPump
  let rig: RoomRig
  let streams: RoomStreams
  let server: FastifyInstance
  let url: string
  const aborts: AbortController[] = []

  beforeEach(async () => {
    clock = new VirtualClock()
    const store = new MemoryRoomStore({ dc: 'dc-a', clock })
    pump = await new HandPump(store, 'gala').open()
    rig = await new RoomRig(store.another(), clock).start()
    streams = new RoomStreams({
      clock,
      doorkeeper: rig.doorkeeper,
      tickets: rig.tickets,
      gate: rig.gate,
      feeds: rig.feeds,
      counts: { wrote: () => {}, opened: () => {} },
      pollAfterMs: () => 2_000,
      onGone: () => {},
      dc: 'dc-a',
      instance: 'access-1',
    })
    server = fastify({ forceCloseConnections: true })
    streams.serve(server)
    url = await server.listen({ port: 0, host: '127.0.0.1' })
  })
  afterEach(async () => {
    for (const abort of aborts.splice(0)) abort.abort()
    streams.close()
    await server.close()
    await rig.stop()
  })

  const open = async (ticket = rig.ticket(), after = '') => {
    const abort = new AbortController()
    aborts.push(abort)
    const answer = await fetch(`${url}/v1/rooms/gala/stream${after && `?after=${after}`}`, {
      headers: { authorization: `Ticket ${ticket}` },
      signal: abort.signal,
    })
    const told: Told[] = []
    const seen = { comments: 0, ended: false }
    const read = async () => {
      let text = ''
      for await (const chunk of answer.body ?? []) {
        text += Buffer.from(chunk as Uint8Array).toString('utf8')
        const parts = text.split('\n\n')
        text = parts.pop() ?? ''
        for (const part of parts) {
          const fields = new Map(part.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]))
          if (part === ':') seen.comments++
          else told.push({ event: fields.get('event') ?? '', id: fields.get('id'), data: fields.get('data') ?? '' })
        }
      }
      seen.ended = true
    }
    if (answer.ok) void read().catch(() => {})
    const polls = () => told.flatMap(({ event, data }) => (event === '' ? [JSON.parse(data) as RoomMessages] : []))
    const texts = () => polls().flatMap(({ messages }) => messages.map(({ text }) => text))
    return { answer, told, seen, polls, texts, abort }
  }

  it('brings what polls bring, block by block, each known by the cursor after it', async () => {
    await pump.block([pump.message('m1')], { state: { online: 3 } })
    const stream = await open()
    await until(() => stream.texts().length === 1)
    await pump.say('m2')
    await until(() => stream.texts().length === 2)
    expect(stream.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(JSON.parse(stream.told[0]?.data ?? '')).toMatchObject({ gap: false, dc: 'dc-a', state: { online: 3 } })
    expect(stream.polls()[0]).toMatchObject({ pollAfterMs: 2_000, state: { online: 3 }, gap: false })
    expect(stream.told.at(-1)?.id).toBe(formatCursor(pump.cursor))
    expect(stream.polls().at(-1)?.cursor).toBe(formatCursor(pump.cursor))
  })

  it('goes on after a cursor, with the ticket it was given', async () => {
    await pump.say('m1')
    const first = await open()
    await until(() => first.texts().length === 1)
    const { ticket } = JSON.parse(first.told[0]?.data ?? '') as { ticket: string }
    first.abort.abort()
    await until(() => streams.all.size === 0)
    await pump.say('m2')
    await pump.say('m3')
    const second = await open(ticket, first.polls().at(-1)?.cursor)
    await until(() => second.texts().length === 2)
    expect(second.texts()).toEqual(['m2', 'm3'])
  })

  it('is refused as everything else is', async () => {
    const codeOf = async (opened: ReturnType<typeof open>) => {
      const { answer } = await opened
      return [answer.status, ((await answer.json()) as { code: string }).code]
    }
    const ticket = rig.ticket()
    await open(ticket)
    expect(await codeOf(open(ticket))).toEqual([401, 'UNAUTHENTICATED'])
    expect(await codeOf(open('x.y'))).toEqual([401, 'UNAUTHENTICATED'])
    expect(await codeOf(open(rig.ticket(), 'nonsense'))).toEqual([400, 'VALIDATION_FAILED'])
    const late = rig.ticket()
    await clock.advance(60_000)
    expect(await codeOf(open(late))).toEqual([401, 'TOKEN_EXPIRED'])
    rig.open = false
    expect(await codeOf(open())).toEqual([409, 'ROOM_CLOSED'])
    rig.doorkeeper.leaving = true
    expect(await codeOf(open())).toEqual([503, 'ROOM_UNAVAILABLE'])
  })

  it('says something every now and then, where to go, and why it ends', async () => {
    const stream = await open()
    await until(() => streams.all.size === 1)
    await clock.advance(15_000)
    await until(() => stream.seen.comments === 1)
    streams.direct({ to: { viewer: 'anna' }, message: pump.message('for anna') })
    streams.direct({ to: { viewer: 'bert' }, message: pump.message('for bert') })
    for (const one of streams.all) {
      one.move({ afterMs: 100, urls: ['ws://there'], poll: false })
      one.close('DRAINING')
    }
    await until(() => stream.seen.ended)
    expect(stream.told.map(({ event }) => event)).toEqual(['welcome', 'direct', 'move', 'close'])
    const [, direct, move, close] = stream.told.map(({ data }) => JSON.parse(data) as Record<string, unknown>)
    expect([direct?.['text'], move?.['urls'], close?.['code']]).toEqual([
      'for anna',
      ['ws://there'],
      closeCodes.DRAINING.code,
    ])
    const { ticket } = move as { ticket: string }
    expect((await open(ticket)).answer.status).toBe(200)
  })
})
