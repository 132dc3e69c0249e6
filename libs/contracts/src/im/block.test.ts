import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import type { Block } from './block.js'
import { decodeBlock } from './block-reader.js'
import { encodeBlock } from './block-writer.js'
import type { RoomMessage } from './message.js'
import { randomBlock } from './random-blocks.js'
import { entriesMax, MalformedFrame } from './wire.js'

const epoch = '1f9c04b2'

describe('a block', () => {
  it('is read as it was written, whatever it holds', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const block = randomBlock(seededRandom(seed))
      expect({ seed, block: decodeBlock(encodeBlock(block)) }).toEqual({ seed, block })
    }
  })

  it('always becomes the same bytes, in whichever order its origins stand', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const block = randomBlock(seededRandom(seed))
      const turned = { ...block, since: new Map([...block.since].reverse()), to: new Map([...block.to].reverse()) }
      expect(Buffer.from(encodeBlock(turned)).equals(encodeBlock(block))).toBe(true)
    }
  })

  it('without messages still tells how far it goes and what was dropped', () => {
    const block = blockOf([], { dropped: { chat: 7, notify: 1 } })
    expect(decodeBlock(encodeBlock(block))).toEqual(block)
  })

  it('of no bytes at all is an empty one', () => {
    const { messages, to, number } = decodeBlock(new Uint8Array())
    expect({ messages, to: to.size, number }).toEqual({ messages: [], to: 0, number: 0 })
  })

  it('begins a data centre anew that has another epoch than before', () => {
    const since = new Map([['dc-a', { epoch: '00000001', seq: 500 }]])
    const read = decodeBlock(encodeBlock(blockOf([message(3)], { since })))
    expect([...read.since]).toEqual([])
    expect(read.messages[0]?.id).toBe(`dc-a.${epoch}.3`)
  })

  it('refuses to be written with a message from outside its interval, twice, or of an origin it does not name', () => {
    const since = new Map([['dc-a', { epoch, seq: 2 }]])
    expect(() => encodeBlock(blockOf([message(2)], { since }))).toThrow('not within its block')
    expect(() => encodeBlock(blockOf([message(11)]))).toThrow('not within its block')
    expect(() => encodeBlock(blockOf([message(4), message(4)]))).toThrow('out of order')
    expect(() => encodeBlock(blockOf([message(4), message(3)]))).toThrow('out of order')
    expect(() => encodeBlock(blockOf([{ ...message(4), id: `dc-z.${epoch}.4` }]))).toThrow('not within its block')
    expect(() => encodeBlock(blockOf([{ ...message(4), id: 'dc-a.00000009.4' }]))).toThrow('not within its block')
  })

  it('refuses to be written with more messages than its reader takes', () => {
    const to = new Map([['dc-a', { epoch, seq: entriesMax + 1 }]])
    const messages = Array.from({ length: entriesMax + 1 }, (_, i) => message(i + 1))
    expect(() => encodeBlock(blockOf(messages, { to }))).toThrow('too many')
    const most = encodeBlock(blockOf(messages.slice(1), { to }))
    expect(decodeBlock(most).messages).toHaveLength(entriesMax)
  })

  it('is written although the clock of a sender or a server is off by years', () => {
    const wrong = { at: 0, underWayMs: Date.UTC(2026, 0) }
    const { messages } = decodeBlock(encodeBlock(blockOf([message(1), { ...message(2), ...wrong }, message(3)])))
    expect(messages.map(({ id }) => id)).toEqual([1, 2, 3].map((seq) => `dc-a.${epoch}.${seq}`))
    expect(messages[2]?.at).toBe(message(3).at)
    expect(messages[1]?.underWayMs).toBe(2_147_483_647)
  })

  it('keeps senders apart that share some of what is known of them', () => {
    const from = { id: 'v', name: 'Anna', avatar: '' }
    const messages = [
      { ...message(1), from },
      { ...message(2), from: { ...from, name: 'Bo' } },
      { ...message(3), from: { ...from, avatar: 'a1' } },
      { ...message(4), from },
    ]
    const read = decodeBlock(encodeBlock(blockOf(messages)))
    expect(read.messages.map((one) => one.from)).toEqual(messages.map((one) => one.from))
  })

  it('is written although a text ends in half a character', () => {
    const texts = ['a\ud83d', '\ude00b', 'c']
    const read = decodeBlock(encodeBlock(blockOf(texts.map((text, i) => ({ ...message(i + 1), text })))))
    expect(read.messages.map(({ text }) => text)).toEqual(['a\ufffd', '\ufffdb', 'c'])
  })

  it('is malformed when a column is shorter than another refers to', () => {
    // A kind without anything else.
    expect(() => decodeBlock(Uint8Array.of(0x2a, 1, 0))).toThrow(MalformedFrame)
  })

  it('is malformed with a message beyond where it says to end', () => {
    const bytes = Buffer.from(encodeBlock(blockOf([message(9)], { to: new Map([['dc-a', { epoch, seq: 9 }]]) })))
    // The last number of the origin: 9 becomes 8.
    const at = bytes.indexOf(Buffer.of(0x20, 9)) + 1
    bytes[at] = 8
    expect(() => decodeBlock(bytes)).toThrow('beyond its block')
  })
})

function message(seq: number): RoomMessage {
  return {
    id: `dc-a.${epoch}.${seq}`,
    type: 'chat',
    priority: 2,
    from: { id: 'viewer-1', name: 'Anna', avatar: '' },
    text: 'hello',
    at: 1_763_000_000_000 + seq,
    underWayMs: 0,
    ttlS: 0,
  }
}

function blockOf(messages: RoomMessage[], more: Partial<Block> = {}): Block {
  return {
    number: 1,
    epoch,
    madeAtMs: 1_763_000_000_500,
    since: new Map(),
    to: new Map([['dc-a', { epoch, seq: 10 }]]),
    messages,
    dropped: { chat: 0, notify: 0 },
    state: {},
    ...more,
  }
}
