import { AppError } from '@gala/contracts'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { anna, ChatRig, give, say } from './chat-rig.js'

describe('what a viewer says', () => {
  let rig: ChatRig
  beforeEach(() => {
    rig = new ChatRig()
  })

  it('is taken down with a place, and told', async () => {
    const reply = await rig.send({ ...say('  hello\n there '), sentAtMs: rig.clock.nowMs() - 70 })
    const [message] = await rig.store.newest('gala', 1)
    expect(message).toMatchObject({
      ...{ type: 'chat', text: 'hello there', priority: 0, underWayMs: 70, ttlS: 120, at: rig.clock.nowMs() },
      from: { id: 'anna', name: 'Anna', avatar: 'fox' },
      client: 'anna/client-1',
      seq: 1,
    })
    const [dc, epoch, sequence] = (message?.id ?? '').split('.')
    expect(reply).toEqual({
      ...{ id: message?.id, position: { dc, epoch, sequence: Number(sequence) } },
      ...{ held: false, repeated: false, text: 'hello there' },
    })
    expect(rig.told).toEqual(['said chat'])
  })

  it('does not believe a clock of a client that is far off', async () => {
    const sent = [-3_600_000, 3_600_000, -60_001, 0].map((offMs) => rig.clock.nowMs() + offMs)
    for (const [seq, sentAtMs] of sent.entries()) await rig.send({ ...say('hi', seq), sentAtMs })
    const messages = (await rig.store.newest('gala', 10)).toReversed()
    expect(messages.map(({ underWayMs }) => underWayMs)).toEqual([60_000, 0, 60_000, 0])
  })

  it('is answered as the first time when it comes again, whatever has happened meanwhile', async () => {
    const first = await rig.send(say('hello mask'))
    const again = { ...first, repeated: true }
    expect(await rig.send(say('hello mask'))).toEqual(again)
    rig.mutes = { anna: rig.clock.nowMs() + 1_000 }
    expect(await rig.send(say('hello mask'))).toEqual(again)
    rig.mutes = {}
    rig.settings = { chat: false }
    expect(await rig.send(say('hello mask'))).toEqual(again)
    rig.events['gala'] = { room: 'closed' }
    expect(await rig.send(say('hello mask'))).toEqual(again)
    expect(await rig.shown()).toEqual(['hello ****'])
    expect(rig.told).toEqual(['screened mask', 'said chat', 'screened mask', 'again', 'again', 'again', 'again'])
    expect(await rig.codeOf(say('hello', 2))).toBe('ROOM_CLOSED')
  })

  it('is not mistaken for what another viewer says under the same number', async () => {
    await rig.send(say('mine'))
    expect(await rig.send(say('other'), { viewer: { ...anna, id: 'bob' } })).toMatchObject({ repeated: false })
  })

  it.each([
    ['ROOM_NOT_FOUND', () => rig.refusal(say('hi'), 'nowhere')],
    ['ROOM_CLOSED', () => rig.refusal(say('hi'), 'late')],
    ['ROOM_CLOSED', () => rig.refusal(give('rose'), 'late')],
    ['GIFT_UNKNOWN', () => rig.refusal(give('palace'))],
    ['TEXT_REFUSED', () => rig.refusal(say('refuse this'))],
    ['VALIDATION_FAILED', () => rig.refusal(say(' \u200b '))],
  ])('is refused with %s', async (code, act) => {
    expect((await act()).code).toBe(code)
    expect(await rig.shown()).toEqual([])
    expect(rig.told.at(-1)).toBe(`unsaid ${code}`)
  })

  it('is refused while the viewer is muted, gifts too, and for no longer', async () => {
    rig.mutes = { anna: rig.clock.nowMs() + 5_000, ['__proto__']: 0 }
    expect([await rig.codeOf(say('hi')), await rig.codeOf(give('rose'))]).toEqual(['MUTED', 'MUTED'])
    expect(await rig.send(say('hi'), { viewer: { ...anna, id: 'toString' } })).toMatchObject({ held: false })
    await rig.clock.advance(5_001)
    expect(await rig.send(say('hi'))).toMatchObject({ held: false })
  })

  it('is refused where nobody may write, for a room or for the platform; gifts go on', async () => {
    rig.settings = { chat: false }
    expect(await rig.codeOf(say('hi'))).toBe('SWITCHED_OFF')
    expect(await rig.send(give('rose'))).toMatchObject({ text: '' })
    rig.settings = {}
    rig.switchedOff = true
    expect(await rig.codeOf(say('hi', 2))).toBe('SWITCHED_OFF')
    expect(await rig.send(give('rose', 1, 3))).toMatchObject({ text: '' })
  })

  it('waits for its turn in slow mode, gifts do not; a refused text costs no turn', async () => {
    rig.settings = { slowS: 30 }
    rig.waitMs = 12_000
    const error = await rig.refusal(say('hi'))
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 12_000 })
    expect(rig.turns).toEqual(['gala anna 30 client-1/1'])
    await rig.refusal(say('refuse'))
    await rig.send(give('rose'))
    expect(rig.turns).toHaveLength(1)
  })

  it('is masked, and everybody is told so', async () => {
    expect(await rig.send(say('a mask here'))).toMatchObject({ text: 'a **** here', held: false })
    expect(await rig.shown()).toEqual(['a **** here'])
  })

  it('is handled as the room is set where a list leaves it to the room', async () => {
    rig.settings = { onHit: 'refuse' }
    expect(await rig.codeOf(say('my room'))).toBe('TEXT_REFUSED')
    rig.settings = { onHit: 'hold' }
    expect(await rig.send(say('my room'))).toMatchObject({ held: true })
  })

  it('is held for an operator with all that is needed to show it, once', async () => {
    const reply = await rig.send(say('hold this'))
    expect(reply).toMatchObject({ held: true, text: 'hold this', repeated: false })
    expect(await rig.send(say('hold this'))).toEqual({ ...reply, repeated: true })
    expect(await rig.shown()).toEqual([])
    const held = await rig.store.held('gala')
    expect(held).toEqual([
      {
        message: expect.objectContaining({
          id: reply.id,
          text: 'hold this',
          from: expect.objectContaining({ id: 'anna' }),
        }),
        ...{ words: ['hold'], dc: 'dc-a', client: 'anna/client-1', seq: 1 },
      },
    ])
    await rig.store.takeHeld('gala', reply.id)
    expect(await rig.send(say('hold this'))).toEqual({ ...reply, repeated: true })
    expect(await rig.store.held('gala')).toEqual([])
  })

  it('is held under one id when it comes twice at once', async () => {
    const [one, other] = await Promise.all([rig.send(say('hold this')), rig.send(say('hold this'))])
    expect(one.id).toBe(other.id)
    expect(await rig.store.held('gala')).toHaveLength(1)
  })

  it('is refused when too many wait for an operator', async () => {
    for (let seq = 0; seq < 500; seq++) await rig.send(say('hold', seq))
    expect(await rig.refusal(say('hold', 500))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 10_000 })
  })

  it('is taken so often a second at most, and leaves room for gifts', async () => {
    let refused = 0
    for (let seq = 0; seq < 4_100; seq++) {
      await rig.send(say('hi', seq)).catch((error: AppError) => {
        expect(error.code).toBe('RATE_LIMITED')
        refused++
      })
    }
    expect(refused).toBe(100)
    expect(await rig.send(give('rose', 1, 5_000))).toMatchObject({ repeated: false })
    await rig.clock.advance(1_000)
    expect(await rig.send(say('hi', 6_000))).toMatchObject({ repeated: false })
  })

  it('does not show a name a word is found in', async () => {
    await rig.send(say('hi'), { viewer: { ...anna, name: 'Mr. refuse' } })
    expect((await rig.store.newest('gala', 1))[0]?.from.name).toBe('Mr. ****')
  })

  it('is refused for now while the store, the rules or the screen cannot be asked', async () => {
    rig.store.failing = true
    expect([await rig.codeOf(say('hi')), await rig.codeOf(give('rose')), await rig.codeOf(say('hold'))]).toEqual(
      Array(3).fill('ROOM_UNAVAILABLE'),
    )
    // Nobody knows whether it has been taken before.
    expect(await rig.codeOf(say('refuse'))).toBe('ROOM_UNAVAILABLE')
    rig.store.failing = false
    rig.rulesFail = true
    const error = await rig.refusal(say('hi'))
    expect([error.code, error.retryable]).toEqual(['ROOM_UNAVAILABLE', true])
  })

  describe('a gift', () => {
    it('is booked before it is shown, with its value and a priority by what it is worth', async () => {
      expect(await rig.send(give('rose', 99))).toMatchObject({ text: '', held: false })
      expect(rig.booked).toEqual([{ kind: 'rose', shown: false }])
      const [message] = await rig.store.newest('gala', 1)
      expect(message).toMatchObject({
        type: 'gift',
        gift: { kind: 'rose', count: 99, value: 100 },
        priority: 2,
        ttlS: 0,
      })
      expect(rig.told).toEqual(['said gift'])
    })

    it('is not shown when it cannot be booked', async () => {
      rig.bookFails = new AppError('FORBIDDEN', 'no money')
      expect(await rig.codeOf(give('rose'))).toBe('FORBIDDEN')
      expect(await rig.shown()).toEqual([])
    })

    it('is taken once, also when it is no longer in the catalogue', async () => {
      const first = await rig.send(give('rose'))
      expect(await rig.send(give('rose'))).toEqual({ ...first, repeated: true })
      expect(await rig.store.newest('gala', 10)).toHaveLength(1)
    })
  })
})
