import type { LedgerRow } from './oracle.js'

/** Something the drill broke; all times in Unix milliseconds. */
export interface Disturbance {
  kind: 'kill' | 'pause' | 'continue' | 'redis' | 'move'
  atMs: number
  /** When the drill itself was done with it: Redis answers again, the writer has been moved. */
  doneMs: number
  /** Whoever cannot hold the lease from `atMs` on: an instance, or a data centre with its dot. Undefined: nobody. */
  broken: string | undefined
}

/** The lease as it was first seen in the database. */
export interface LeaseSeen {
  holder: string
  token: number
  seenMs: number
}

export interface Window {
  fromMs: number
  toMs: number
}

/** How long a new holder is given to hand out what has been waiting. */
const afterMs = 3_000

/**
 * From when to when slots may be later than usual, one window for each disturbance. It begins with the disturbance, and ends 3 s
 * after both are true: the drill is done with it, and the lease is seen with a holder that is not the broken one. When that is
 * never seen it does not end. Whoever takes the lease over within a window makes it last 3 s from then on.
 */
export function takeOverWindows(disturbances: readonly Disturbance[], leases: readonly LeaseSeen[]): Window[] {
  return disturbances.map(({ atMs, doneMs, broken }) => {
    const heldMs = healthyFrom(atMs, broken, leases) ?? Number.POSITIVE_INFINITY
    let toMs = Math.max(doneMs, heldMs) + afterMs
    for (const { seenMs } of takeOvers(leases)) {
      if (seenMs >= atMs && seenMs <= toMs) toMs = Math.max(toMs, seenMs + afterMs)
    }
    return { fromMs: atMs, toMs }
  })
}

/** From a kill to the first lease of somebody else; infinite when nobody took it. */
export const takeOverMs = (kill: Disturbance, leases: readonly LeaseSeen[]): number =>
  (healthyFrom(kill.atMs, kill.broken, leases) ?? Number.POSITIVE_INFINITY) - kill.atMs

/** Take-overs that lie in no window. */
export const unexplained = (leases: readonly LeaseSeen[], windows: readonly Window[], fromMs: number, toMs: number) =>
  takeOvers(leases).filter(
    ({ seenMs }) => seenMs >= fromMs && seenMs < toMs && !windows.some((window) => holds(window, seenMs)),
  )

export interface Lateness {
  /** Of slots that had nothing to do with a window. */
  outside: number[]
  /** Of slots whose wait, from the time they were due to their first start, touched a window. */
  inside: number[]
  /** Of what a data centre had to do by itself while it was paused, counted from when it went on. */
  paused: number[]
}

/** How late each slot began, in ms. What never began is not in here: it is counted as not ended. */
export function latenessOf(
  rows: readonly LedgerRow[],
  windows: readonly Window[],
  pauses: readonly DcPause[],
): Lateness {
  const late: Lateness = { outside: [], inside: [], paused: [] }
  for (const { atMs, dc, startedAtMs } of rows) {
    if (startedAtMs === null) continue
    const lateMs = Math.max(0, startedAtMs - atMs)
    const pause = pauses.find((each) => each.dc === dc && atMs <= each.toMs && startedAtMs >= each.fromMs)
    if (pause && startedAtMs >= pause.toMs) late.paused.push(startedAtMs - Math.max(atMs, pause.toMs))
    else if (windows.some(({ fromMs, toMs }) => atMs <= toMs && startedAtMs >= fromMs)) late.inside.push(lateMs)
    else late.outside.push(lateMs)
  }
  return late
}

/** How late slots began whose wait touched the window of a disturbance, by its kind; a slot counts for the first it touched. */
export function latenessByKind(
  rows: readonly LedgerRow[],
  disturbances: readonly Disturbance[],
  windows: readonly Window[],
): Map<Disturbance['kind'], number[]> {
  const late = new Map<Disturbance['kind'], number[]>()
  for (const { atMs, startedAtMs } of rows) {
    if (startedAtMs === null) continue
    const first = windows.findIndex(({ fromMs, toMs }) => atMs <= toMs && startedAtMs >= fromMs)
    const kind = disturbances[first]?.kind
    if (!kind) continue
    const held = late.get(kind) ?? []
    held.push(Math.max(0, startedAtMs - atMs))
    late.set(kind, held)
  }
  return late
}

interface DcPause extends Window {
  dc: string
}

/** When the lease was seen with somebody who is not broken, at or after `atMs`. */
function healthyFrom(atMs: number, broken: string | undefined, leases: readonly LeaseSeen[]): number | undefined {
  const isBroken = ({ holder }: LeaseSeen) =>
    broken !== undefined && (broken.endsWith('.') ? holder.startsWith(broken) : holder === broken)
  // What is seen at the very moment of the kill was taken before it.
  const before = leases.findLast(({ seenMs }) => seenMs <= atMs)
  if (before && !isBroken(before)) return atMs
  return leases.find((lease) => lease.seenMs > atMs && !isBroken(lease))?.seenMs
}

const takeOvers = (leases: readonly LeaseSeen[]) =>
  leases.filter(({ holder }, i) => i > 0 && holder !== leases[i - 1]?.holder)

const holds = ({ fromMs, toMs }: Window, atMs: number) => atMs >= fromMs && atMs <= toMs
