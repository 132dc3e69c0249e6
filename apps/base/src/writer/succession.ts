import type { DatabaseServer, ServerState } from '@gala/database'
import type { Ballot } from './votes.js'

/** The data centre that wrote last has this long to go on, by another process of its own. */
const graceOf = (leaseMs: number) => leaseMs / 5
/** A data centre that was chosen and does not come has forfeited it after this. */
const chosenWithinMs = 3_000

export interface Candidate {
  dc: string
  home: string
  leaseMs: number
  /** The newest of what the voters remember. */
  last: Ballot
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
  const { dc, last, freeForMs, emergency, leaseMs, own } = candidate
  if (emergency) return { lossy: true, tokenSeen: 0 }
  if (last.token === 0) return await withoutMemory(candidate)
  if (last.next !== '' && freeForMs < chosenWithinMs) return last.next === dc ? withAll : undefined
  if (last.dc === dc) {
    // A server that has never been written to was built anew, or its lease was never used.
    return own.token > 0 ? withAll : await withoutMemory(candidate)
  }
  // Given up for somebody: everything was there then, and nothing has been written since.
  const whole = last.safe || last.next === dc
  if (!whole || freeForMs < graceOf(leaseMs) || !follows(own)) return undefined
  return (await isFurthest(candidate)) ? withAll : undefined
}

/** No voter remembers anything: the first start of all, or every Redis has lost its memory. The servers know who wrote last. */
async function withoutMemory({ dc, home, own, peers }: Candidate): Promise<Permission | undefined> {
  const others = await statesOf(peers)
  if (!others) return undefined
  const newest = Math.max(...others.map(({ token }) => token), 0)
  const first = own.token === newest ? dc === home : own.token > newest
  return first ? { lossy: false, tokenSeen: newest } : undefined
}

/** A confirmed commit has reached one of several replicas: nobody may go first who does not know of all that they have more. */
async function isFurthest({ dc, last, own, peers }: Candidate): Promise<boolean> {
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
  const held = ballots.filter(({ leftMs }) => leftMs > 0)
  if (held.length < Math.max(needed, 1)) return undefined
  const newest = newestOf(held)
  return held.filter(({ token }) => token === newest.token).length >= needed ? newest : undefined
}

/** The last word of the last holder: whoever it has told is among any more than half of the voters. */
export function newestOf(ballots: readonly Ballot[]): Ballot {
  const [newest] = ballots.toSorted((a, b) => b.token - a.token || b.round - a.round)
  if (!newest) throw new Error('nobody has voted')
  return newest
}
