import type { DatabaseServer, ServerState } from '@gala/database'
import type { Ballot, Word } from './votes.js'

/** The data centre that wrote last has this long to go on, by another process of its own. */
const graceOf = (leaseMs: number) => leaseMs / 5
/** A data centre that was chosen and does not come has forfeited it after this. */
const chosenWithinMs = 3_000

export interface Candidate {
  dc: string
  home: string
  leaseMs: number
  /** What more than half of the voters remember. */
  voted: readonly Ballot[]
  /** The own server. */
  own: ServerState
  freeForMs: number
  /** An operator has ordered this data centre to take over with what it has. */
  emergency: boolean
  peers: ReadonlyMap<string, Pick<DatabaseServer, 'state'>>
}

/** `lossy`: somebody may have been told that something is stored which is not here. `tokenSeen`: the highest of any server. */
export type Permission = { lossy: boolean; tokenSeen: number }

const withAll: Permission = { lossy: false, tokenSeen: 0 }

/** Whether a data centre may take the lease that nobody holds. */
export async function mayTake(candidate: Candidate): Promise<Permission | undefined> {
  const { dc, freeForMs, emergency, leaseMs, own } = candidate
  if (emergency) return { lossy: true, tokenSeen: 0 }
  const last = await lastWriter(candidate)
  if (last === 'nobody') return await withoutMemory(candidate)
  if (last === 'unknown') return undefined
  if (last.next !== '' && freeForMs < chosenWithinMs) return last.next === dc ? withAll : undefined
  if (last.dc === dc) {
    // A server that has never been written to was built anew, or its lease was never used.
    return own.token > 0 ? withAll : await withoutMemory(candidate)
  }
  // Given up for somebody: everything was there then, and nothing has been written since.
  const whole = last.safe || last.next === dc
  if (!whole || freeForMs < graceOf(leaseMs) || !follows(own)) return undefined
  return (await isFurthest(candidate, last)) ? withAll : undefined
}

/**
 * Whoever took writes last, in its last word. A lease may have been granted by some, or by all, and never been used: of a holder
 * that has told nobody that it takes writes its server knows.
 */
async function lastWriter({ dc, voted, own, peers }: Candidate): Promise<Word | 'nobody' | 'unknown'> {
  const words = voted.flatMap((ballot): (Word & { used: boolean })[] => [
    { ...ballot, used: ballot.openedMs > 0 },
    ...(ballot.before ? [{ ...ballot.before, used: true }] : []),
  ])
  words.sort(byWord)
  for (const word of words) {
    if (word.token === 0) break
    // Two may have asked for the same token, of different voters: only one of them can have been granted it.
    if (words.some(({ token, dc: of, used }) => used && token === word.token && of === word.dc)) return word
    const server = word.dc === dc ? own : await peers.get(word.dc)?.state().catch(unreachable)
    if (!server) return 'unknown'
    if (server.token >= word.token) return word
  }
  return 'nobody'
}

/** Its server may have been written to, and cannot be asked. */
const unreachable = () => undefined

/** No voter remembers anything: the first start of all, or every Redis has lost its memory. The servers know who wrote last. */
async function withoutMemory({ dc, home, own, peers }: Candidate): Promise<Permission | undefined> {
  const others = await statesOf(peers)
  if (!others) return undefined
  const newest = Math.max(...others.map(({ token }) => token), 0)
  const first = own.token === newest ? dc === home : own.token > newest
  return first ? { lossy: false, tokenSeen: newest } : undefined
}

/** A confirmed commit has reached one of several replicas: nobody may go first who does not know of all that they have more. */
async function isFurthest({ dc, own, peers }: Candidate, last: Word): Promise<boolean> {
  const others = await statesOf(new Map([...peers].filter(([id]) => id !== last.dc && id !== dc)))
  const mine = sequenceOf(own.replication?.received ?? own.applied)
  return others?.every(({ replication, applied }) => sequenceOf(replication?.received ?? applied) <= mine) ?? false
}

/** It was a replica, and nothing but its source kept it from following. */
const follows = ({ replication }: ServerState) => replication !== undefined && !replication.diverged

/** undefined when one of them does not answer. */
async function statesOf(peers: Candidate['peers']): Promise<ServerState[] | undefined> {
  const states = await Promise.allSettled([...peers.values()].map((peer) => peer.state()))
  const known = states.flatMap((state) => (state.status === 'fulfilled' ? [state.value] : []))
  return known.length === states.length ? known : undefined
}

/** Last part of the newest transaction's id, `domain-server-sequence`. Source: MariaDB, Global Transaction ID. */
export const sequenceOf = (gtid: string): number =>
  Math.max(0, ...gtid.split(',').map((id) => Number(id.trim().split('-')[2] ?? 0)))

/** Whoever more than half of the voters say has the lease. */
export function holderOf(ballots: readonly Ballot[], needed: number): Ballot | undefined {
  const held = ballots.filter(({ leftMs }) => leftMs > 0).toSorted(byWord)
  return held.find(
    (one) => held.filter(({ token, holder }) => token === one.token && holder === one.holder).length >= needed,
  )
}

const byWord = (a: Word, b: Word) => b.token - a.token || b.round - a.round
