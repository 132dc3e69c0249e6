import { describe, expect, it } from '@jest/globals'
import { GalaError } from '../error.js'
import { rig } from './testing/room-rig.js'

const me = { token: 't', id: 'v-me' }

describe('what a viewer says in a room', () => {
  it('is there at once, and once, though its block comes before its answer', async () => {
    const { clock, rooms, live, lines, texts } = rig({ viewer: me })
    await clock.advance(100)
    rooms.masks = () => '***'
    const sent = live.send({ type: 'chat', text: 'rude' })
    expect(lines()).toEqual(['pending rude'])
    const accept = rooms.accept.bind(rooms)
    rooms.accept = (dc, body) => {
      const taken = accept(dc, body)
      rooms.pump()
      return taken
    }
    await clock.advance(30)
    const [line, ...others] = lines()
    expect([texts, line?.endsWith('rude') || line === 'shown ***', others]).toEqual([['***'], true, []])
    await clock.advance(100)
    expect(lines()).toEqual(['shown ***'])
    expect(await sent).toMatchObject({ is: 'shown', text: '***' })
  })

  it('is once there also for who does not know the own id', async () => {
    const { clock, rooms, live, lines } = rig({ viewer: { token: 't' } })
    await clock.advance(100)
    void live.send({ type: 'chat', text: 'hello' })
    void live.send({ type: 'gift', gift: { kind: 'rose', count: 2 } })
    await clock.advance(20)
    rooms.pump()
    await clock.advance(100)
    rooms.pump()
    await clock.advance(100)
    expect(lines()).toEqual(['shown hello', 'shown rose ×2'])
  })

  it('does not swallow what somebody else says in the same words', async () => {
    const { clock, rooms, live, lines, socket } = rig({ viewer: { token: 't' } })
    await clock.advance(100)
    socket().dc.maySend = true
    void live.send({ type: 'chat', text: '666' })
    rooms.says(rooms.a, '666')
    rooms.pump()
    await clock.advance(200)
    rooms.pump()
    await clock.advance(200)
    expect(lines()).toEqual(['shown 666', 'shown 666'])
  })

  it('is said once though its answer is lost and the link breaks', async () => {
    const { clock, rooms, live, lines, texts, socket } = rig({ viewer: me })
    await clock.advance(100)
    rooms.losesAcks = true
    const sent = live.send({ type: 'chat', text: 'hello' })
    await clock.advance(30)
    socket().cut()
    await clock.advance(3_000)
    rooms.pump()
    await clock.advance(100)
    expect([texts, lines(), (await sent).is]).toEqual([['hello'], ['shown hello'], 'shown'])
  })

  it('is sent by a call when the socket does not answer', async () => {
    const { clock, rooms, live } = rig({ viewer: me })
    await clock.advance(100)
    rooms.losesAcks = true
    const sent = live.send({ type: 'chat', text: 'hello' })
    await clock.advance(6_000)
    expect([(await sent).is, rooms.asked]).toEqual(['shown', ['connect', 'send']])
  })

  it('arrives in its order, also by calls of which one is refused at first', async () => {
    const { clock, rooms, live, texts } = rig({ viewer: me, transport: 'poll' })
    await clock.advance(100)
    let refusals = 3
    rooms.before = (question) => {
      if (question === 'send' && refusals-- > 0) throw new GalaError('OVERLOADED', 'no')
    }
    for (const text of ['1', '2', '3', '4']) void live.send({ type: 'chat', text })
    await clock.advance(20_000)
    rooms.pump()
    await clock.advance(2_000)
    expect(texts).toEqual(['1', '2', '3', '4'])
  })

  it('is tried again while a refusal may pass, and given up when it does not', async () => {
    const { clock, rooms, live, lines } = rig({ transport: 'poll', viewer: me })
    await clock.advance(100)
    rooms.before = (question) => {
      if (question === 'send') throw new GalaError('OVERLOADED', 'no', { retryAfterMs: 1_000 })
    }
    const given = live.send({ type: 'chat', text: 'one' })
    await clock.advance(31_000)
    expect([await given, lines()]).toMatchObject([{ is: 'refused', code: 'OVERLOADED' }, ['refused one']])
    const taken = live.send({ type: 'chat', text: 'two' })
    await clock.advance(2_000)
    rooms.before = () => {}
    await clock.advance(10_000)
    expect((await taken).is).toBe('shown')
  })

  it('is refused at once for what does not pass, and with the time to wait for who is too fast', async () => {
    const { clock, rooms, live } = rig({ viewer: me })
    await clock.advance(100)
    const refusals: unknown[] = []
    for (const refusal of [
      { code: 'MUTED', retryAfterMs: 60_000 },
      { code: 'RATE_LIMITED', retryAfterMs: 8_000 },
      { code: 'SWITCHED_OFF', retryAfterMs: 1_000 },
      { code: 'OF_A_LATER_RELEASE', retryAfterMs: 0 },
    ]) {
      rooms.refusal = refusal
      const sent = live.send({ type: 'chat', text: 'x' })
      await clock.advance(100)
      refusals.push(await sent)
    }
    expect(refusals).toMatchObject([
      { is: 'refused', code: 'MUTED' },
      { is: 'refused', code: 'RATE_LIMITED', retryAfterMs: 8_000 },
      { is: 'refused', code: 'SWITCHED_OFF' },
      { is: 'refused', code: 'NOT_GALA' },
    ])
  })

  it('waits with twenty of its kind at most', async () => {
    const { clock, rooms, live } = rig({ viewer: me, transport: 'poll' })
    await clock.advance(100)
    rooms.before = (question) => {
      if (question === 'send') throw new GalaError('OVERLOADED', 'no')
    }
    const sent = Array.from({ length: 21 }, (_, i) => live.send({ type: 'chat', text: `${i}` }))
    expect(await sent[20]).toMatchObject({ is: 'refused', code: 'TOO_MANY_WAITING' })
    live.close()
    expect(await sent[0]).toMatchObject({ is: 'refused', code: 'LEFT' })
  })

  it('makes a long connection that did not know the viewer be opened anew, once', async () => {
    let known: typeof me | undefined
    const viewer = (why: string) => {
      if (why === 'needed') known = me
      return known
    }
    const { clock, rooms, live } = rig({ viewer }, (rooms) => void Object.assign(rooms.a, { maySend: false }))
    await clock.advance(100)
    rooms.a.maySend = false
    const sent = live.send({ type: 'chat', text: 'hello' })
    await clock.advance(1_000)
    expect((await sent).is).toBe('shown')
    void live.send({ type: 'chat', text: 'again' })
    await clock.advance(1_000)
    expect([rooms.opened.length, rooms.asked]).toEqual([2, ['connect', 'send', 'connect', 'send']])
  })

  it('renews a token that has expired', async () => {
    let renewed = 0
    const viewer = (why: string) => {
      if (why === 'refused') renewed++
      return { token: `t${renewed}` }
    }
    const { clock, rooms, live } = rig({ viewer, transport: 'poll' })
    await clock.advance(100)
    const send = rooms.asks.send
    rooms.asks.send = (name, token, ...rest) =>
      token === 't0'
        ? Promise.reject(new GalaError('TOKEN_EXPIRED', 'old', { retryable: false }))
        : send(name, token, ...rest)
    const sent = live.send({ type: 'chat', text: 'hello' })
    await clock.advance(100)
    expect([(await sent).is, renewed]).toEqual(['shown', 1])
  })
})
