import { type Block, encodeBlock, type OriginPosition, parseCursor, type RoomMessage } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { digest } from './digest.js'
import { HeldBlock } from './held-block.js'
import { Ring } from './ring.js'

const at = (epoch: string, seq: number): OriginPosition => ({ epoch, seq })
const message = (id: string, more: Partial<RoomMessage> = {}): RoomMessage => ({
  id,
  type: 'chat',
  priority: 0,
  from: { id: 'bert', name: 'Bert', avatar: '' },
  text: id,
  at: 1_000,
  underWayMs: 0,
  ttlS: 0,
  ...more,
})
const block = (number: number, more: Partial<Block> = {}): Block => ({
  number,
  epoch: '00000001',
  madeAtMs: 1_000,
  since: number > 1 ? new Map([['a', at('00000001', number - 1)]]) : new Map(),
  to: new Map([['a', at('00000001', number)]]),
  messages: [message(`a.00000001.${number}`)],
  dropped: { chat: 0, notify: 0 },
  state: {},
  ...more,
})
const held = (one: Block, atMs = 0) => HeldBlock.made(one, atMs)

describe('the newest blocks of a room', () => {
  const filled = (from: number, to: number, atMs = 0) => {
    const ring = new Ring()
    for (let number = from; number <= to; number++) ring.append(held(block(number), atMs))
    return ring
  }

  it('are bounded by count, bytes and age, but the last ones stay whatever their age', () => {
    const ring = filled(1, 300)
    ring.prune(0, 10_000_000)
    expect([ring.first, ring.end]).toEqual([44, 300])
    ring.prune(0, 100 * (ring.last?.bytes.length ?? 0))
    expect(ring.end - ring.first).toBeLessThanOrEqual(101)
    ring.prune(120_001, 10_000_000)
    expect(ring.end - ring.first).toBe(16)
    expect(ring.bytes).toBe(ring.from(ring.first).reduce((sum, { bytes }) => sum + bytes.length, 0))
  })

  it('know where somebody goes on, and whether something between is gone', () => {
    const ring = filled(5, 9)
    const after = (cursor: string) => ring.placeAfter(parseCursor(cursor))
    expect(after('a.00000001.4')).toEqual({ place: 0, gap: false })
    expect(after('a.00000001.3')).toEqual({ place: 0, gap: true })
    expect(after('a.00000001.7')).toEqual({ place: 3, gap: false })
    expect(after('a.00000001.9')).toEqual({ place: 5, gap: false })
    expect(after('a.00000001.99~b.00000001.5')).toEqual({ place: 5, gap: false })
    expect(after('a.0000000f.7')).toEqual({ place: 0, gap: true })
    expect(after('b.00000001.5')).toEqual({ place: 0, gap: true })
  })

  it('count from both data centres: whoever is ahead in one may be behind in the other', () => {
    const ring = new Ring()
    const to = (a: number, b: number) =>
      new Map([
        ['a', at('00000001', a)],
        ['b', at('00000002', b)],
      ])
    ring.append(held(block(1, { since: to(1, 1), to: to(2, 1), messages: [] })))
    ring.append(held(block(2, { since: to(2, 1), to: to(2, 5), messages: [] })))
    ring.append(held(block(3, { since: to(2, 5), to: to(9, 5), messages: [] })))
    expect(ring.placeAfter(to(2, 3))).toEqual({ place: 1, gap: false })
    expect(ring.placeAfter(to(1, 9))).toEqual({ place: 0, gap: false })
    expect(ring.placeAfter(to(9, 1))).toEqual({ place: 1, gap: false })
    expect(ring.placeAfter(to(2, 0))).toEqual({ place: 0, gap: true })
  })

  it('remember the state of the room after the blocks that told it are gone', () => {
    const ring = new Ring()
    ring.append(held(block(1, { state: { online: 5, slowS: 3 } })))
    for (let number = 2; number <= 400; number++)
      ring.append(held(block(number, number === 300 ? { state: { online: 9 } } : {})))
    ring.prune(0, 10_000_000)
    expect(ring.state).toEqual({ online: 9, slowS: 3 })
  })
})

describe('several blocks as one', () => {
  const gift = { kind: 'rose', count: 1, value: 5 }

  it('keep gifts, control and notices that matter, in their order, and count the rest', () => {
    const one = block(1, {
      to: new Map([['a', at('00000001', 5)]]),
      messages: [
        message('a.00000001.1'),
        message('a.00000001.2', { type: 'gift', gift }),
        message('a.00000001.3', { type: 'notify', priority: 3 }),
        message('a.00000001.4', { type: 'notify', priority: 4 }),
        message('a.00000001.5', { type: 'control', control: { act: 'mute', target: 'x', value: 0 } }),
      ],
      dropped: { chat: 10, notify: 1 },
      state: { online: 1, level: 1 },
    })
    const two = block(2, {
      since: new Map([['a', at('00000001', 5)]]),
      to: new Map([['a', at('00000001', 7)]]),
      messages: [message('a.00000001.6'), message('a.00000001.7', { type: 'gift', gift })],
      dropped: { chat: 5, notify: 0 },
      state: { online: 2 },
    })
    const { block: made, count } = digest([one, two])
    expect(count).toBe(2)
    expect(made.messages.map(({ id }) => id)).toEqual(['a.00000001.2', 'a.00000001.4', 'a.00000001.5', 'a.00000001.7'])
    expect(made).toMatchObject({
      number: 2,
      dropped: { chat: 17, notify: 2 },
      state: { online: 2, level: 1 },
      since: new Map(),
      to: new Map([['a', at('00000001', 7)]]),
    })
    expect(HeldBlock.of(encodeBlock(made), 0).block).toEqual(made)
  })

  it('take in an origin that comes later, and end before one that begins anew', () => {
    const one = block(1)
    const two = block(2, {
      since: new Map([
        ['a', at('00000001', 1)],
        ['b', at('00000002', 7)],
      ]),
      to: new Map([
        ['a', at('00000001', 2)],
        ['b', at('00000002', 8)],
      ]),
      messages: [],
    })
    const three = block(3, {
      ...two,
      number: 3,
      to: new Map([['a', at('0000000f', 1)]]),
      since: new Map(),
      messages: [],
    })
    const { block: made, count } = digest([one, two, three])
    expect(count).toBe(2)
    expect(made.since).toEqual(new Map([['b', at('00000002', 7)]]))
    const other = digest([one, { ...two, epoch: '0000000f' }])
    expect(other.count).toBe(1)
  })
})
