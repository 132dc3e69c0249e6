import { type Block, parseCursor, type RoomMessage } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { readAnswer } from './answers.js'
import { Reading } from './reading.js'

const message = (id: string): RoomMessage => ({
  ...{ id, type: 'chat', priority: 0, text: id, at: 1, underWayMs: 0, ttlS: 0 },
  from: { id: 'v', name: 'V', avatar: '' },
})
let made = 0
const block = (since: string, to: string, ids: string[] = [], more: Partial<Block> = {}): Block => ({
  ...{ number: ++made, epoch: '0000000a', madeAtMs: 1, dropped: { chat: 0, notify: 0 }, state: {} },
  ...{ since: parseCursor(since), to: parseCursor(to), messages: ids.map(message), ...more },
})
const a = (seq: number) => `dc-a.0000000a.${seq}`
const b = (seq: number) => `dc-b.0000000b.${seq}`
const ids = ({ messages }: { messages: RoomMessage[] }) => messages.map(({ id }) => id)

describe('reading a room', () => {
  it('passes on each message once, though blocks overlap or come twice', () => {
    const reading = new Reading()
    const first = block('', a(2), [a(1), a(2)])
    expect(ids(reading.block(first))).toEqual([a(1), a(2)])
    expect(ids(reading.block(first))).toEqual([])
    expect(ids(reading.block(block(a(1), a(4), [a(2), a(3), a(4)])))).toEqual([a(3), a(4)])
    expect(reading.cursor).toBe(a(4))
  })

  it('goes on in another data centre, which has the same messages in other blocks', () => {
    const reading = new Reading()
    reading.block(block('', `${a(2)}~${b(1)}`, [a(1), b(1), a(2)]))
    const other = block(`${a(1)}~${b(0)}`, `${a(3)}~${b(2)}`, [b(1), a(2), a(3), b(2)], {
      epoch: '0000000b',
      number: 1,
    })
    const read = reading.block(other)
    expect([ids(read), read.gap]).toEqual([[a(3), b(2)], false])
    expect(reading.cursor).toBe(`${a(3)}~${b(2)}`)
  })

  it('does not go back when what comes is old', () => {
    const reading = new Reading()
    reading.block(block('', a(9), [a(9)], { state: { online: 9 } }))
    const old = reading.block(block('', a(3), [a(3)], { state: { online: 3 } }))
    expect([ids(old), old.state, reading.cursor]).toEqual([[], {}, a(9)])
  })

  it('tells a gap where a block does not follow, and once where the welcome has told it', () => {
    const reading = new Reading()
    expect(reading.block(block('', a(2), [a(2)])).gap).toBe(false)
    expect(reading.block(block(a(5), a(6), [a(6)])).gap).toBe(true)
    expect(reading.welcomed({ gap: true, state: {} }).gap).toBe(true)
    expect(reading.block(block(a(9), a(10), [a(10)])).gap).toBe(false)
    expect(reading.block(block(a(12), a(13), [a(13)])).gap).toBe(true)
  })

  it('tells a gap when an origin has begun anew, and passes on what it says from then on', () => {
    const reading = new Reading()
    reading.block(block('', a(9), [a(9)]))
    const anew = reading.block(block('', 'dc-a.000000ff.1', ['dc-a.000000ff.1'], { epoch: '000000ff', number: 1 }))
    expect([ids(anew), anew.gap]).toEqual([['dc-a.000000ff.1'], true])
  })

  it('counts what was left out, but not for what has been read already', () => {
    const reading = new Reading()
    const dropped = { chat: 3, notify: 1 }
    expect(reading.block(block('', a(6), [a(1), a(6)], { dropped })).dropped).toEqual(dropped)
    const overlapping = block(a(3), a(8), [a(6), a(8)], { dropped })
    expect(reading.block(overlapping).dropped).toEqual({ chat: 1, notify: 0 })
    expect(reading.block(overlapping).dropped).toEqual({ chat: 0, notify: 0 })
  })

  it('passes on what is for this viewer alone once, wherever it comes first', () => {
    const reading = new Reading()
    expect(ids(reading.direct(block('', a(2), [a(2)])))).toEqual([a(2)])
    expect(reading.cursor).toBe('')
    expect(ids(reading.block(block('', a(3), [a(1), a(2), a(3)])))).toEqual([a(1), a(3)])
    expect(ids(reading.direct(block('', a(3), [a(3)])))).toEqual([])
  })

  it('takes the state of a block without messages', () => {
    const reading = new Reading()
    reading.block(block('', a(1), [a(1)]))
    expect(reading.block(block(a(1), a(1), [], { state: { online: 5 } })).state).toEqual({ online: 5 })
  })

  it('understands as much of an answer as it can', () => {
    const known = { ...message(a(1)), more: true }
    const answer = readAnswer({
      messages: [
        known,
        { ...known, type: 'of-a-later-release' },
        { ...known, id: 'no id' },
        null,
        { ...known, from: 7 },
      ],
      ...{ cursor: a(2), pollAfterMs: -5, dropped: { chat: 2 }, state: { online: 7, chat: 'yes', more: 1 }, gap: 'no' },
    })
    expect(answer).toEqual({
      messages: [message(a(1))],
      ...{ cursor: a(2), pollAfterMs: 0, dropped: { chat: 2, notify: 0 }, state: { online: 7 }, gap: false },
    })
  })
})
