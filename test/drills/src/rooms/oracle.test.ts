import { type Block, parseCursor, type RoomMessage } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { judge, ledgerOf, noFindings } from './oracle.js'
import type { Accepted } from './plan.js'
import { giftCountOf, textOf } from './said.js'

const epoch = '1f9c04b2'
const id = (seq: number) => `dc-a.${epoch}.${seq}`
const at = (seq: number) => parseCursor(seq === 0 ? '' : `dc-a.${epoch}.${seq}`)

/** Odd ones are chat, even ones gifts, of one sender. */
const accepted = (seq: number): Accepted => ({
  id: id(seq),
  type: seq % 2 === 1 ? 'chat' : 'gift',
  sender: 's',
  seq,
})
const ledger = ledgerOf([1, 2, 3, 4, 5, 6].map(accepted))

const message = (seq: number): RoomMessage => ({
  id: id(seq),
  type: accepted(seq).type,
  priority: 2,
  from: { id: 's', name: 's', avatar: '' },
  text: accepted(seq).type === 'chat' ? textOf(seq, 20) : '',
  ...(accepted(seq).type === 'gift' && { gift: { kind: 'rose', count: giftCountOf(seq), value: 1 } }),
  at: seq,
  underWayMs: 0,
  ttlS: 0,
})

function block(since: number, to: number, seqs: number[], chat = 0): Block {
  const messages = seqs.map(message)
  const dropped = { chat, notify: 0 }
  return { number: 1, epoch, madeAtMs: 1, since: at(since), to: at(to), messages, dropped, state: {} }
}

/** As a viewer keeps them. */
function seen(...blocks: Block[]) {
  let cursor = at(0)
  const kept = blocks.map((one) => {
    const after = cursor
    cursor = one.to
    return { block: one, after }
  })
  return { began: blocks[0]?.since, cursor, blocks: kept, gaps: 0 }
}

describe('a viewer held against what was accepted', () => {
  it('has nothing against it when it saw everything', () => {
    const found = judge(seen(block(0, 3, [1, 2, 3]), block(3, 6, [4, 5, 6])), ledger)
    expect(found).toEqual({ ...noFindings(), expectedGifts: 3, expectedChat: 3, chatSeen: 3 })
  })

  it('may miss chat it was told of, and not more', () => {
    expect(judge(seen(block(0, 6, [2, 4, 5, 6], 2)), ledger)).toMatchObject({
      chatDropped: 2,
      chatLost: 0,
      chatSurplus: 0,
    })
    expect(judge(seen(block(0, 6, [2, 4, 5, 6], 1)), ledger)).toMatchObject({ chatLost: 1 })
    expect(judge(seen(block(0, 6, [2, 4, 5, 6], 3)), ledger)).toMatchObject({ chatSurplus: 1 })
  })

  it('may miss no gift between where it began and where it stands', () => {
    expect(judge(seen(block(0, 6, [1, 2, 3, 5, 6])), ledger)).toMatchObject({
      expectedGifts: 3,
      giftsLost: 1,
      notSeen: [`gift ${id(4)}`],
    })
    expect(judge(seen(block(2, 4, [3, 4])), ledger)).toMatchObject({ expectedGifts: 1, giftsLost: 0 })
  })

  it('has seen nothing twice that its cursor told it of', () => {
    expect(judge(seen(block(0, 4, [1, 2, 3, 4]), block(2, 6, [3, 4, 5, 6])), ledger)).toMatchObject({ twice: 0 })
    expect(judge(seen(block(0, 6, [1, 2, 2, 3, 4, 5, 6])), ledger)).toMatchObject({ twice: 1 })
  })

  it('has seen each sender in order', () => {
    expect(judge(seen(block(0, 6, [2, 1, 3, 4, 5, 6])), ledger)).toMatchObject({ disorder: 1 })
  })

  it('may have seen what nobody was told was accepted', () => {
    expect(judge(seen(block(0, 8, [1, 2, 3, 4, 5, 6, 8])), ledger)).toMatchObject({ strangers: 1, giftsLost: 0 })
  })

  it('has seen what it saw by another id than its sender was told', () => {
    const other = { ...message(2), id: `dc-a.${epoch}.7` }
    const blocks = seen({ ...block(0, 7, [1, 3, 4, 5, 6]), messages: [message(1), message(3), message(4), other] })
    expect(judge(blocks, ledger)).toMatchObject({
      giftsLost: 1,
      notSeen: [`chat ${id(5)}`, `gift ${id(6)}`],
      disorder: 1,
    })
  })

  it('that saw nothing is not judged', () => {
    expect(judge({ began: undefined, cursor: at(0), blocks: [], gaps: 2 }, ledger)).toEqual({
      ...noFindings(),
      gaps: 2,
    })
  })
})
