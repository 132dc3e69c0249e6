import { World } from './world.js'

const faultNames = [
  'messages lost',
  'messages repeated',
  'messages reordered',
  'messages held up',
  'subscriptions cut',
  'redis paused',
  'redis restarted',
  'redis restarted empty',
  'redis failed over',
  'database slow',
  'replica stopped',
  'relay killed',
  'application restarted',
  'access restarted',
  // What a machine that stalls, or dies and comes back, does at once.
  'machine stalled',
  'machine replaced',
  'machine failed over',
] as const
type FaultName = (typeof faultNames)[number]

export interface Step {
  atMs: number
  /** 0 or 1. */
  dc: number
  /** Which application process; 2 is the access process. */
  seat: number
  key: string
}

export interface Fault {
  atMs: number
  name: FaultName
  dc: number
  forMs: number
}

/** What happens when, chosen by the seed alone: every contender lives through the same. */
export interface Schedule {
  lengthMs: number
  writes: Step[]
  reads: Step[]
  faults: Fault[]
}

/** Virtual milliseconds of one history: longer than what the longest fault leaves behind. */
const lengthMs = 6_000
const keys = ['a', 'b', 'c']

export function scheduleOf(seed: number): Schedule {
  const world = new World(seed)
  const writes: Step[] = []
  for (let atMs = world.between(0, 300); atMs < lengthMs; ) {
    writes.push({ atMs, dc: 0, seat: world.pick([0, 1]), key: world.pick(keys) })
    // Often two at once, sometimes a pause.
    atMs += world.chance(0.2) ? world.between(0, 10) : world.between(20, 500)
  }
  const reads: Step[] = []
  // In quiet histories a key may not be read for long: what is wrong in the store is not soon put right by the next load.
  const quiet = world.chance(0.3)
  for (const [dc, seat] of [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
  ] as const) {
    for (let atMs = world.between(0, 200); atMs < lengthMs; ) {
      reads.push({ atMs, dc, seat, key: world.pick(keys) })
      atMs += world.between(5, quiet ? 2_500 : world.chance(0.1) ? 1_500 : 120)
    }
  }
  return { lengthMs, writes, reads, faults: faultsOf(world) }
}

/**
 * A third of all histories are without a fault: there every load must have been the only one. In another third everything
 * breaks in one data centre at about the same time, as when a machine dies.
 */
function faultsOf(world: World): Fault[] {
  if (world.chance(1 / 3)) return []
  const together = world.chance(0.5)
    ? { atMs: world.between(300, lengthMs - 3_500), dc: world.pick([0, 1]) }
    : undefined
  return Array.from({ length: Math.floor(world.between(1, 6)) }, () => ({
    atMs: together ? together.atMs + world.between(0, 1_500) : world.between(300, lengthMs - 1_500),
    name: world.chance(0.2) ? 'application restarted' : world.pick(faultNames),
    dc: together?.dc ?? world.pick([0, 1]),
    forMs: world.chance(0.4) ? world.between(1_000, 3_000) : world.between(20, 800),
  }))
}
