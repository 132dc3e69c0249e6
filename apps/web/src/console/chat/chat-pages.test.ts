import type { RoomItem } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { giftLines, giftsFlaw, movedGift } from './gift-edits.js'
import { isLate, pumpWords, rate, roomFigures } from './room-figures.js'
import { lookedAt } from './room-log.js'
import { readWords, wordsDiffer, wordsFlaw } from './word-text.js'

type RoomDc = RoomItem['dcs'][number]

const rates = (chat: number, gift: number) => ({ chat, gift, notify: 0, control: 0 })
const pump = (inChat: number, outChat: number) => ({
  ...{ instance: 'dc-a.application-1', at: 0, windowMs: 250, chatPerS: 30, blocksPerS: 4 },
  ...{ inPerS: rates(inChat, 2), outPerS: rates(outChat, 2), dropped: { chat: 0, notify: 0 } },
})
const process = (delayP99Ms: number | null) => ({
  ...{ instance: 'dc-a.access-1', at: 0, sockets: 1, streams: 0, polls: 0 },
  ...{ deliveredPerS: 0, delayP50Ms: null, delayP99Ms, skippedPerS: 0 },
})
const dc = (over: Partial<RoomDc>): RoomDc => ({
  ...{ dc: 'dc-a', reachable: true, epoch: '00000001', head: 1, pump: null, processes: [] },
  viewers: { socket: 0, stream: 0, poll: 0 },
  ...over,
})

describe('the figures of a room', () => {
  it('add viewers up, and take rates from one data centre, as each has all messages', () => {
    const dcs = [
      dc({ viewers: { socket: 10, stream: 1, poll: 4 }, pump: pump(100, 30), processes: [process(80), process(400)] }),
      dc({ dc: 'dc-b', viewers: { socket: 5, stream: 0, poll: 0 }, pump: pump(98, 98), processes: [process(null)] }),
    ]
    expect(roomFigures({ dcs })).toEqual({ viewers: 20, inPerS: 102, outPerS: 100, dropShare: 0.7, p99Ms: 400 })
  })

  it('are unknown where nobody makes blocks, and nothing is late that nobody has measured', () => {
    const figures = roomFigures({ dcs: [dc({})] })
    expect([figures.inPerS, figures.dropShare, isLate(figures.p99Ms), rate(figures.inPerS)]).toEqual([
      null,
      null,
      false,
      '–',
    ])
  })

  it('say who makes blocks, and that somebody should where there are viewers', () => {
    const viewers = { socket: 1, stream: 0, poll: 0 }
    const words = [dc({ pump: pump(1, 1) }), dc({}), dc({ viewers }), dc({ reachable: false })].map(pumpWords)
    expect(words.map(({ tone }) => tone)).toEqual(['good', 'quiet', 'bad', 'bad'])
    expect(words[0]?.word).toContain('250 ms')
  })

  it('are kept for three minutes of looks', () => {
    const now = { dcs: [dc({})] } as unknown as Parameters<typeof lookedAt>[1]
    let log: ReturnType<typeof lookedAt> | undefined
    for (let s = 0; s < 200; s++) log = lookedAt(log, now, s)
    expect(log?.samples.get('dc-a')).toHaveLength(180)
    expect(log?.samples.get('dc-a')?.at(-1)?.atS).toBe(199)
  })
})

describe('a text of words', () => {
  it('is read one word a line, each once', () => {
    expect(readWords(' 剧透 \r\n\n spoiler\nspoiler\n')).toEqual({ words: ['剧透', 'spoiler'], repeated: 1, long: [] })
  })

  it('names the lines that are too long, and says when there are too many words', () => {
    expect(wordsFlaw(readWords(`ok\n${'x'.repeat(61)}`))).toContain('line 2')
    expect(wordsFlaw(readWords('x'.repeat(60)))).toBeUndefined()
    expect(wordsFlaw({ words: Array.from({ length: 20_001 }, String), repeated: 0, long: [] })).toContain('20,000')
  })

  it('differs by what is only in one of two', () => {
    expect(wordsDiffer(['a', 'b'], ['b', 'c'])).toEqual({ added: ['c'], removed: ['a'] })
  })
})

describe('an edit of the gifts', () => {
  const gift = (kind: string, over = {}) => ({ kind, title: kind, value: 1, active: true, ...over })

  it('moves one as far as there is room', () => {
    const items = [gift('a'), gift('b')]
    expect(movedGift(items, 0, 1).map(({ kind }) => kind)).toEqual(['b', 'a'])
    expect(movedGift(items, 0, -1)).toEqual(items)
  })

  it('is refused for kinds that are none, that are there twice, and for gifts without a title', () => {
    expect(giftsFlaw([gift('Rose')])).toContain('no kind')
    expect(giftsFlaw([gift('a'), gift('a')])).toContain('twice')
    expect(giftsFlaw([gift('a', { title: ' ' })])).toContain('no title')
    expect(giftsFlaw([gift('a')])).toBeUndefined()
  })

  it('is told line by line, and as an order when nothing else has changed', () => {
    expect(giftLines([gift('a'), gift('b')], [gift('a', { value: 2 })])).toEqual([
      { place: 'a', from: 'a, 1', to: 'a, 2' },
      { place: 'b', from: 'b, 1', to: 'none' },
    ])
    expect(giftLines([gift('a'), gift('b')], [gift('b'), gift('a')])).toEqual([
      { place: 'order', from: 'a, b', to: 'b, a' },
    ])
  })
})
