import { type Block, type Cursor, hasRead } from '@gala/contracts'
import type { Accepted, Findings } from './plan.js'
import { seqOf } from './said.js'

/** What a viewer has been given, in its order, each block with where the viewer stood before it. */
export interface Seen {
  began: Cursor | undefined
  cursor: Cursor
  blocks: readonly { block: Block; after: Cursor }[]
  gaps: number
}

/** Everything that was accepted, by who said it and its number there. */
export type Ledger = ReadonlyMap<string, Accepted>

export const keyOf = (sender: string, type: string, seq: number) => `${sender} ${type} ${seq}`

export const ledgerOf = (accepted: readonly Accepted[]): Ledger =>
  new Map(accepted.map((one) => [keyOf(one.sender, one.type, one.seq), one]))

const notSeenMax = 12

export const noFindings = (): Findings => ({
  expectedGifts: 0,
  giftsLost: 0,
  expectedChat: 0,
  chatSeen: 0,
  chatDropped: 0,
  chatLost: 0,
  chatSurplus: 0,
  twice: 0,
  disorder: 0,
  gaps: 0,
  notSeen: [],
  strangers: 0,
})

export function add(to: Findings, more: Findings): Findings {
  const { notSeen, ...counts } = more
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) to[key] += counts[key]
  to.notSeen = [...new Set([...to.notSeen, ...notSeen])].slice(0, notSeenMax)
  return to
}

/**
 * One viewer against the ledger. Between where it began and where it stands it must have seen every gift, and of chat as many as
 * there were but for what it was told was left out; nothing twice once what its cursor covers is taken away, and of each sender
 * everything in the order it was sent.
 */
export function judge({ began, cursor, blocks, gaps }: Seen, ledger: Ledger): Findings {
  const found: Findings = { ...noFindings(), gaps }
  if (!began) return found
  const keys = new Set<string>()
  const newest = new Map<string, number>()
  for (const { block, after } of blocks) {
    found.chatDropped += block.dropped.chat
    for (const message of block.messages) {
      if (covers(after, message.id)) continue
      const seq = seqOf(message)
      if (seq === undefined || (message.type !== 'chat' && message.type !== 'gift')) continue
      const key = keyOf(message.from.id, message.type, seq)
      if (keys.has(key)) found.twice++
      keys.add(key)
      see(ledger.get(key), newest, found)
    }
  }
  for (const [key, { id, type }] of ledger) {
    if (!covers(cursor, id) || covers(began, id)) continue
    if (!keys.has(key) && found.notSeen.length < notSeenMax) found.notSeen.push(`${type} ${id}`)
    if (type === 'chat') found.expectedChat++
    else {
      found.expectedGifts++
      if (!keys.has(key)) found.giftsLost++
    }
  }
  const missing = found.expectedChat - found.chatSeen - found.chatDropped
  found.chatLost = Math.max(0, missing)
  found.chatSurplus = Math.max(0, -missing)
  return found
}

function see(accepted: Accepted | undefined, newest: Map<string, number>, found: Findings) {
  if (!accepted) {
    found.strangers++
    return
  }
  if (accepted.type === 'chat') found.chatSeen++
  const last = newest.get(accepted.sender) ?? -1
  if (accepted.seq < last) found.disorder++
  newest.set(accepted.sender, Math.max(last, accepted.seq))
}

function covers(cursor: Cursor, id: string): boolean {
  const [dc = '', epoch = '', seq = ''] = id.split('.')
  return hasRead(cursor, dc, epoch, Number(seq))
}
