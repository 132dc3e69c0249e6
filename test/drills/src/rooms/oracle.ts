import { type Block, type Cursor, hasRead, type RoomMessage } from '@gala/contracts'
import type { Accepted, Findings } from './plan.js'

/** What a viewer has been given, in its order, each block with where the viewer stood before it. */
export interface Seen {
  began: Cursor | undefined
  cursor: Cursor
  blocks: readonly { block: Block; after: Cursor }[]
  gaps: number
}

/** Everything that was accepted, by id. */
export type Ledger = ReadonlyMap<string, Accepted>

export const ledgerOf = (accepted: readonly Accepted[]): Ledger => new Map(accepted.map((one) => [one.id, one]))

const notSeenMax = 12

export const noFindings = (): Findings => ({
  expectedGifts: 0,
  giftsLost: 0,
  expectedChat: 0,
  chatSeen: 0,
  chatDropped: 0,
  chatUnaccounted: 0,
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
  const ids = new Set<string>()
  const newest = new Map<string, number>()
  for (const { block, after } of blocks) {
    found.chatDropped += block.dropped.chat
    for (const message of block.messages) {
      if (covers(after, message.id)) continue
      if (ids.has(message.id)) found.twice++
      ids.add(message.id)
      see(message, ledger, newest, found)
    }
  }
  for (const { id, type } of ledger.values()) {
    if (!covers(cursor, id) || covers(began, id)) continue
    if (!ids.has(id) && found.notSeen.length < notSeenMax) found.notSeen.push(`${type} ${id}`)
    if (type === 'chat') found.expectedChat++
    else {
      found.expectedGifts++
      if (!ids.has(id)) found.giftsLost++
    }
  }
  found.chatUnaccounted = found.expectedChat - found.chatSeen - found.chatDropped
  return found
}

function see({ id, type }: RoomMessage, ledger: Ledger, newest: Map<string, number>, found: Findings) {
  if (type !== 'chat' && type !== 'gift') return
  const accepted = ledger.get(id)
  if (!accepted) {
    found.strangers++
    return
  }
  if (type === 'chat') found.chatSeen++
  const last = newest.get(accepted.sender) ?? -1
  if (accepted.seq <= last) found.disorder++
  newest.set(accepted.sender, Math.max(last, accepted.seq))
}

function covers(cursor: Cursor, id: string): boolean {
  const [dc = '', epoch = '', seq = ''] = id.split('.')
  return hasRead(cursor, dc, epoch, Number(seq))
}
