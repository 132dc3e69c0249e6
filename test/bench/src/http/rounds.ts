import type { Contender } from './contenders.js'
import { copiesOf, hitPercent } from './copies.js'
import type { ContenderName } from './options.js'
import { cpuS, rssBytes } from './processes.js'
import type { Rig } from './rig.js'
import { rotated } from './statistics.js'
import { wrk } from './wrk.js'

export const connectionCounts = [64, 256] as const
const turnS = 4
/** Compiled and optimised before anybody looks: about so many answers, in turns that are not counted. */
const warmAnswers = 60_000
const warmTurnS = 2
const warmTurnsMax = 6

/** One turn of one contender. */
export interface Turn {
  /** Answers for a second of processor time of the server, all its processes together. */
  perCpuS: number
  /** Answers a second. */
  perS: number
  requests: number
  failed: number
  bytesPerAnswer: number
  /** Which part of its core the server was given, in percent. */
  corePercent: number
  /** Processor time of what stands behind ours, for an answer. */
  othersUs: number
}

export interface Measured {
  contender: Contender
  /** By number of connections, in the order of the rounds. */
  turns: Record<number, Turn[]>
  rssBytes: number
  /** Of access only: which part came from its memory, in percent. */
  hitPercent: number | undefined
}

/** All contenders by turns in every round, each time in another order, so that a noisy neighbour strikes them alike. */
export async function measureInRounds(
  contenders: readonly Contender[],
  rounds: number,
  rig: Rig,
  say: (line: string) => void,
): Promise<Map<ContenderName, Measured>> {
  const all = new Map<ContenderName, Measured>()
  for (const contender of contenders) {
    await warmUp(contender, rig)
    all.set(contender.name, { contender, turns: {}, rssBytes: 0, hitPercent: undefined })
  }
  const before = await copiesOf(rig.accessUrl)
  for (let round = 0; round < rounds; round++) {
    for (const connections of connectionCounts) {
      for (const contender of rotated(contenders, round)) {
        const turn = await takeTurn(contender, connections, rig)
        const measured = all.get(contender.name)
        if (!measured) continue
        measured.turns[connections] = [...(measured.turns[connections] ?? []), turn]
        measured.rssBytes = rssBytes(contender.pids)
      }
    }
    const told = [...all].map(([name, { turns }]) => `${name} ${Math.round((turns[64]?.at(-1)?.perCpuS ?? 0) / 1000)}`)
    say(`round ${round + 1} of ${rounds}, thousands of answers per CPU-second: ${told.join(', ')}`)
  }
  const ours = all.get('ours')
  if (ours) ours.hitPercent = hitPercent([[before, await copiesOf(rig.accessUrl)]])
  return all
}

async function warmUp({ url }: Contender, { wrkScript }: Rig) {
  let answers = 0
  for (let turn = 0; turn < warmTurnsMax && answers < warmAnswers; turn++) {
    const { requests } = await wrk(wrkScript, { url, connections: connectionCounts[0], durationS: warmTurnS })
    answers += requests
  }
}

async function takeTurn({ url, pids, name }: Contender, connections: number, rig: Rig): Promise<Turn> {
  const before = cpuS(pids)
  const othersBefore = cpuS(rig.otherPids)
  const { requests, failed, bytes, durationS } = await wrk(rig.wrkScript, { url, connections, durationS: turnS })
  const usedS = cpuS(pids) - before
  return {
    perCpuS: requests / usedS,
    corePercent: (100 * usedS) / durationS,
    perS: requests / durationS,
    requests,
    failed,
    bytesPerAnswer: bytes / (requests + failed),
    othersUs: name === 'ours' ? ((cpuS(rig.otherPids) - othersBefore) / requests) * 1e6 : 0,
  }
}
