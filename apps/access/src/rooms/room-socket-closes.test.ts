import { closeCodes, encodeClientFrame } from '@gala/contracts'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { anna, type Client, HandPump, RoomRig, until } from './room-rig.js'

const ping = (number = 0) => encodeClientFrame({ kind: 'ping', number })
const say = (seq: number, text = 'hi') =>
  encodeClientFrame({ kind: 'send', type: 'chat', text, gift: undefined, clientId: 'browser-1', seq, sentAtMs: 0 })

describe('a long connection that is not as it should be', () => {
  let clock: VirtualClock
  let store: MemoryRoomStore
  let pump: HandPump
  let rig: RoomRig

  beforeEach(async () => {
    clock = new VirtualClock()
    store = new MemoryRoomStore({ dc: 'dc-a', clock })
    pump = await new HandPump(store, 'gala').open()
    rig = await new RoomRig(store.another(), clock).start()
  })
  afterEach(() => rig.stop())

  const closed = async (client: Client) => {
    await until(() => client.closed !== undefined)
    return client.closed?.code
  }

  describe('is closed with the reason', () => {
    it('when its ticket is used again, too old, for another room, or not ours', async () => {
      const ticket = rig.ticket()
      const first = await rig.welcomed('', ticket)
      expect(await closed(await rig.welcomed('', ticket))).toBe(closeCodes.TICKET_USED.code)
      expect(first.closed).toBeUndefined()
      const elsewhere = rig.tickets.issue('other', anna, 25_000, 'first')
      expect(await closed(await rig.welcomed('', elsewhere))).toBe(closeCodes.TICKET_REFUSED.code)
      for (const bad of ['', 'x', `${rig.ticket()}x`, `x${rig.ticket()}`, 'x'.repeat(4_000)])
        expect(await closed(await rig.welcomed('', bad))).toBe(closeCodes.TICKET_REFUSED.code)
      const late = rig.ticket()
      await clock.advance(36_000)
      expect(await closed(await rig.welcomed('', late))).toBe(closeCodes.TICKET_EXPIRED.code)
    })

    it('when another process has taken its ticket; not when nobody can say so', async () => {
      const ticket = rig.ticket()
      const other = await new RoomRig(store.another(), clock).start()
      for (const key of rig.taken) other.taken.add(key)
      await rig.welcomed('', ticket)
      for (const key of rig.taken) other.taken.add(key)
      expect(await closed(await other.welcomed('', ticket))).toBe(closeCodes.TICKET_USED.code)
      other.redisDown = true
      expect((await other.welcomed()).closed).toBeUndefined()
      expect(other.errors.length).toBe(1)
      await other.stop()
    })

    it('takes a ticket from a process whose clock is some seconds off', async () => {
      const behind = rig.ticket()
      await clock.advance(34_000)
      expect((await rig.welcomed('', behind)).closed).toBeUndefined()
    })

    it('when it says nothing, and when it says anything else first', async () => {
      const silent = rig.client()
      await until(() => silent.opened && rig.sockets.all.size === 1)
      await clock.advance(5_000)
      expect(await closed(silent)).toBe(closeCodes.HELLO_LATE.code)
      for (const frame of [ping(), say(1)]) {
        const client = rig.client()
        await until(() => client.opened)
        client.send(frame)
        expect(await closed(client)).toBe(closeCodes.BAD_FRAME.code)
      }
    })

    it('when it says hello twice, or with a cursor that is none', async () => {
      const twice = await rig.welcomed()
      twice.hello(rig.ticket())
      expect(await closed(twice)).toBe(closeCodes.BAD_FRAME.code)
      expect(await closed(await rig.welcomed('nonsense'))).toBe(closeCodes.BAD_FRAME.code)
    })

    it('when a frame is text, too large, or not what the wire says', async () => {
      const sayings: [keyof typeof closeCodes, (client: Client) => void][] = [
        ['BAD_FRAME', ({ ws }) => ws.send('text')],
        ['FRAME_TOO_LARGE', ({ ws }) => ws.send(Buffer.alloc(4_097))],
        ['FRAME_TOO_LARGE', ({ ws }) => ws.send(Buffer.alloc(5_000_000))],
        ['BAD_FRAME', ({ ws }) => ws.send(say(1).subarray(0, -1))],
        ['BAD_FRAME', ({ ws }) => ws.send(Buffer.from([0x80]))],
        ['BAD_FRAME', ({ ws }) => ws.send(Buffer.alloc(0))],
      ]
      for (const [reason, send] of sayings) {
        const client = await rig.welcomed()
        send(client)
        expect([reason, await closed(client)]).toEqual([reason, closeCodes[reason].code])
      }
      expect(rig.sockets.closes).toMatchObject({ BAD_FRAME: 4, FRAME_TOO_LARGE: 2 })
    })

    it('when it says more than a client may', async () => {
      const client = await rig.welcomed()
      for (let i = 0; i < 41; i++) client.send(ping(i))
      expect(await closed(client)).toBe(closeCodes.TOO_MANY_FRAMES.code)
    })

    it('when nothing has been heard of it for two heartbeats', async () => {
      const client = await rig.welcomed()
      client.ws.pause()
      await clock.advance(40_000)
      const other = await rig.welcomed()
      await clock.advance(12_000)
      client.ws.resume()
      expect(await closed(client)).toBe(closeCodes.SILENT.code)
      expect(other.closed).toBeUndefined()
    })

    it('when the room is closed', async () => {
      rig.open = false
      expect(await closed(await rig.welcomed())).toBe(closeCodes.ROOM_CLOSED.code)
    })
  })

  it('is not broken by anything somebody makes up', async () => {
    const seed = 20_261_122
    const random = seededRandom(seed)
    const good = await rig.welcomed()
    for (let i = 0; i < 300; i++) {
      const client = random() < 0.5 ? rig.client() : await rig.welcomed()
      await until(() => client.opened)
      const bytes = random() < 0.5 ? Buffer.alloc(Math.floor(random() * 200)) : Buffer.from(say(i, 'x'.repeat(50)))
      for (let j = 0; j < bytes.length; j++) if (random() < 0.3) bytes[j] = Math.floor(random() * 256)
      client.ws.send(bytes.subarray(0, Math.floor(random() * (bytes.length + 1))))
      client.ws.close()
      await closed(client)
      await clock.advance(10)
    }
    await pump.say('still here')
    await until(() => good.texts.includes('still here'))
    expect([seed, good.closed, rig.errors]).toEqual([seed, undefined, []])
    await until(() => rig.sockets.all.size === 1)
  })
})
