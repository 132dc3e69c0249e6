import { describe, expect, it } from '@jest/globals'
import { acknowledged, batched, emptyOutbox, pendingTaps, readOutbox, tapped } from './like-outbox.js'

const taps = (count: number) =>
  Array.from({ length: count }).reduce<typeof emptyOutbox>((box) => tapped(box), emptyOutbox)

describe('like outbox', () => {
  it('sends at most fifty taps under one number and keeps the rest', () => {
    expect(batched(taps(70))).toEqual({ taps: 20, batch: { count: 50, seq: 0 }, nextSeq: 1 })
  })

  it('keeps the number of a batch until it is acknowledged, whatever is tapped meanwhile', () => {
    const sent = batched(taps(3))
    expect(batched(tapped(sent)).batch).toEqual({ count: 3, seq: 0 })
    expect(batched(acknowledged(tapped(sent))).batch).toEqual({ count: 1, seq: 1 })
  })

  it('sends nothing when nothing was tapped', () => {
    expect(batched(emptyOutbox).batch).toBeNull()
  })

  it('survives a reload with its batch and its numbers', () => {
    const box = tapped(batched(taps(3)))
    expect(readOutbox(JSON.stringify(box))).toEqual(box)
    expect(pendingTaps(box)).toBe(4)
  })

  it.each([null, '', 'x', '{}', '{"taps":-1,"batch":null,"nextSeq":0}', '{"taps":1.5,"batch":null,"nextSeq":0}'])(
    'begins anew with what cannot be read: %s',
    (stored) => expect(readOutbox(stored)).toEqual(emptyOutbox),
  )
})
