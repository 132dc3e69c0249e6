import { decodeBlock } from '@gala/contracts'
import type { NewMessage, PlacedMessage } from '@gala/rooms'
import { describe, expect, it } from '@jest/globals'
import { cut, shownMax } from './cut.js'
import { encode } from './encode.js'
import { message } from './pump-rig.js'

const at = 1_000_000
const placed = (
  place: number,
  type: NewMessage['type'] = 'chat',
  more: Partial<PlacedMessage> = {},
): PlacedMessage => ({
  ...message(type, at),
  id: `dc-a.0000abcd.${place}`,
  place,
  ...more,
})
const since = new Map([['dc-b', { epoch: '00000b0b', seq: 4 }]])
const read = (messages: readonly PlacedMessage[], head: number) => ({
  epoch: '0000abcd',
  head,
  cursor: new Map([
    ['dc-a', { epoch: '0000abcd', seq: head }],
    ['dc-b', { epoch: '00000b0b', seq: 9 }],
  ]),
  messages,
  lost: { chat: 2, notify: 1 },
})

describe('cutting what was read into blocks', () => {
  it('covers exactly what was read, place by place, and counts everything that is left out once', () => {
    const messages = Array.from({ length: 3 * shownMax + 5 }, (_, i) => placed(i + 1, i % 2 ? 'chat' : 'gift'))
    const gifts = messages.filter(({ type }) => type === 'gift')
    const parts = cut(read(messages, 2_000), new Set(gifts), since)
    expect(parts.map((part) => part.messages.length)).toEqual([500, 253])
    expect(parts.map(({ place }) => place)).toEqual([999, 2_000])
    expect(parts.map(({ dropped }) => dropped.chat).reduce((a, b) => a + b)).toBe(752 + 2)
    expect(parts.map(({ dropped }) => dropped.notify)).toEqual([1, 0])
    expect(parts[0]?.to.get('dc-a')?.seq).toBe(999)
    expect(parts[0]?.to.get('dc-b')?.seq).toBe(4)
    expect(parts[1]?.to).toEqual(read([], 2_000).cursor)
  })

  it('reaches as far as was read when nothing is there', () => {
    const [part, ...more] = cut(read([], 12), new Set(), since)
    expect(more).toEqual([])
    expect(part).toMatchObject({ place: 12, messages: [], dropped: { chat: 2, notify: 1 } })
  })
})

describe('writing a block', () => {
  const block = (messages: readonly PlacedMessage[]) => ({
    number: 1,
    epoch: '0000abcd',
    madeAtMs: at,
    since,
    to: read([], 100).cursor,
    messages,
    dropped: { chat: 0, notify: 0 },
    state: { likes: 4 },
  })
  const idsOf = (bytes: Uint8Array) => decodeBlock(bytes).messages.map(({ id }) => id)

  it('leaves out exactly those that cannot be written, wherever they stand', () => {
    const bad = [
      placed(1, 'chat', { priority: -1 }),
      placed(3, 'notify', { id: 'not an id' }),
      placed(5, 'gift', { at: Number.NaN }),
      placed(2, 'chat'),
    ]
    const good = [placed(2, 'gift'), placed(4), placed(6)]
    const { bytes, refused, error } = encode(
      block([bad[0], good[0], bad[1], good[1], bad[2], good[2], bad[3]].filter((m) => m !== undefined)),
    )
    expect(idsOf(bytes)).toEqual(good.map(({ id }) => id))
    expect(refused).toEqual(bad)
    expect(error).toBeInstanceOf(Error)
    expect(decodeBlock(bytes).dropped).toEqual({ chat: 2, notify: 1 })
    expect(decodeBlock(bytes).state).toEqual({ likes: 4 })
  })

  it('writes messages whose times lie apart as one after another', () => {
    const far = [
      placed(1, 'gift', { at: at - 2 ** 30 }),
      placed(2, 'gift', { at: at + 2 ** 30 - 1 }),
      placed(3, 'gift', { at: at + 2 ** 31 }),
    ]
    const { bytes, refused } = encode(block(far))
    expect(idsOf(bytes).length + refused.length).toBe(3)
    expect(refused.length).toBeLessThan(3)
  })

  it('leaves out a state that cannot be written rather than the messages', () => {
    const { bytes } = encode({ ...block([placed(1)]), state: { likes: -1 } })
    expect(idsOf(bytes)).toHaveLength(1)
    expect(decodeBlock(bytes).state).toEqual({})
  })
})
