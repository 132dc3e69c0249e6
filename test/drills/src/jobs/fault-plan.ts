import { pause } from '../faults.js'

/** What is broken, and when: milliseconds after the beginning. */
export interface PlannedFault {
  kind: 'kill' | 'pause' | 'redis' | 'move'
  atMs: number
}

/** How each is done; resolves when the drill is done with it. */
export type Hands = { [kind in PlannedFault['kind']]?: () => Promise<void> }

const killEveryMs = 20_000
/** Parts of the whole: of five minutes 70 s, 150 s and 210 s, between two kills each. */
const once = { pause: 70 / 300, redis: 150 / 300, move: 210 / 300 }

/** A kill every 20 s, and everything else once. Whoever took over last is given time to show it: nothing is broken in the last 10 s. */
export function planFaults(seconds: number): PlannedFault[] {
  const wholeMs = seconds * 1_000
  const kills = Array.from({ length: Math.ceil(wholeMs / killEveryMs) - 1 }, (_, i) => (i + 1) * killEveryMs)
    .filter((atMs) => atMs <= wholeMs - 10_000)
    .map((atMs): PlannedFault => ({ kind: 'kill', atMs }))
  const others = (['pause', 'redis', 'move'] as const).map((kind) => ({ kind, atMs: once[kind] * wholeMs }))
  return [...kills, ...others].toSorted((a, b) => a.atMs - b.atMs)
}

/** Half a minute; in a shorter drill a tenth of it. */
export const pauseMsOf = (seconds: number) => Math.min(30_000, seconds * 100)

/**
 * Does what is planned at its time, whether or not what came before is done. Resolves when all is done and the time is over, to
 * why some could not be done: a fault that was not made proves nothing.
 */
export async function carryOut(faults: readonly PlannedFault[], seconds: number, hands: Hands): Promise<string[]> {
  const startMs = performance.now()
  const until = (atMs: number) => pause(Math.max(0, startMs + atMs - performance.now()))
  const all = faults.map(async ({ kind, atMs }) => {
    await until(atMs)
    await hands[kind]?.()
  })
  const done = await Promise.allSettled([...all, until(seconds * 1_000)])
  return done.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []))
}
