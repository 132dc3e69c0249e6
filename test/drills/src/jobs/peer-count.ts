import { dueTimes } from './oracle.js'
import type { ToldRun } from './peer-words.js'
import type { PlannedJob } from './plan.js'

export interface PeerFindings {
  /** Slots that had to run once: in all, or in each data centre where that is what the job is for. */
  expected: number
  /** Of these, nobody ran them anywhere. */
  neverRan: number
  /** Ran more than once: each data centre knows only its own schedulers. */
  twice: number
  /** Of these, in one and the same data centre. */
  twiceInOne: number
  /** Slots of a single data centre that it did not run. */
  leftOut: number
  /** Of these, no record of it is left there: neither failed nor waiting. */
  untold: number
  /** Of these slots, all together. */
  runs: number
}

/** `traces`: by data centre, the slots whose jobs its Redis still holds and that have not ended well. */
export function countPeer(
  jobs: readonly PlannedJob[],
  dcs: readonly string[],
  span: { fromMs: number; toMs: number },
  runs: readonly ToldRun[],
  traces: ReadonlyMap<string, ReadonlySet<string>>,
): PeerFindings {
  const times = new Map<string, number>()
  for (const run of runs) times.set(placed(run, run.dc), (times.get(placed(run, run.dc)) ?? 0) + 1)
  const found = { expected: 0, neverRan: 0, twice: 0, twiceInOne: 0, leftOut: 0, untold: 0, runs: 0 }
  for (const { id, rhythm, shards, scope } of jobs) {
    for (const atMs of dueTimes(rhythm, span.fromMs, span.toMs)) {
      for (let shard = 0; shard < shards; shard++) {
        const slot = { job: id, shard, atMs }
        const ran = dcs.map((dc) => times.get(placed(slot, dc)) ?? 0)
        const promises = scope === 'dc' ? ran : [sum(ran)]
        const leftOut = dcs.filter((_, i) => ran[i] === 0)
        found.expected += promises.length
        found.neverRan += promises.filter((count) => count === 0).length
        found.twice += promises.filter((count) => count > 1).length
        found.twiceInOne += ran.filter((count) => count > 1).length
        found.runs += sum(ran)
        found.leftOut += leftOut.length
        found.untold += leftOut.filter((dc) => !traces.get(dc)?.has(peerSlot(slot))).length
      }
    }
  }
  return found
}

type PeerSlot = Pick<ToldRun, 'job' | 'shard' | 'atMs'>

/** As the jobs of a scheduler are named, without what all begin with. */
const peerSlot = ({ job, shard, atMs }: PeerSlot) => `${job}-${shard}:${atMs}`

const placed = (slot: PeerSlot, dc: string) => `${dc}|${peerSlot(slot)}`

const sum = (counts: readonly number[]) => counts.reduce((all, each) => all + each, 0)
