import { until } from '@gala/platform'
import { pause } from './faults.js'
import { carryOut, pauseMsOf, planFaults } from './jobs/fault-plan.js'
import { LeaseWatch } from './jobs/lease-watch.js'
import { readLedger } from './jobs/ledger-rows.js'
import { Operators } from './jobs/operators.js'
import { expectedSlots, judge, nameOf } from './jobs/oracle.js'
import { idleParts, OurFaults } from './jobs/our-faults.js'
import { ourFigures, type Run } from './jobs/our-figures.js'
import { peerFigures } from './jobs/peer.js'
import { planJobs } from './jobs/plan.js'
import type { Drill, Rig } from './rig.js'

/** Every job has had its first slots by then: the longest rhythm is a minute, but what is missed is written down before. */
const warmMs = 15_000
/** A slot whose process died is given up after seconds and run again; the last of them may be tried some more times. */
const settledWithinMs = 90_000
const shownMax = 10

export const jobsDrill: Drill = {
  about: 'a thousand jobs while whoever hands them out is killed every 20 s, and more; beside it BullMQ alone',
  sizes: { base: 2 },
  seconds: 300,
  peer: true,
  run: async (rig, say) => {
    const ours = ourFigures(await runOurs(rig, say))
    return rig.peer ? [...ours, ...(await peerFigures(rig, rig.seconds, say))] : ours
  },
}

async function runOurs(rig: Rig, say: (line: string) => void): Promise<Run> {
  const dcs = rig.status.dcs.map(({ id }) => id)
  await Promise.all(dcs.flatMap((dc) => idleParts(rig, dc)).map((part) => rig.client.part('stop', part)))
  const jobs = planJobs()
  const operators = await Operators.of(rig)
  say(`saving ${jobs.length} jobs`)
  await operators.save(jobs)
  const watch = await LeaseWatch.on(rig)
  await pause(warmMs)

  const { seconds } = rig
  const fromMs = Date.now()
  const toMs = fromMs + seconds * 1_000
  say(`counting from here, for ${seconds} s`)
  const faults = new OurFaults(rig, operators, watch, pauseMsOf(seconds), say)
  try {
    const undone = await carryOut(planFaults(seconds), seconds, faults.hands)
    for (const why of undone) say(`a fault could not be made: ${why}`)
    say('waiting until everything has ended')
    return { fromMs, toMs, undone, ...(await settled()), leases: watch.seen, ...faults.record }
  } finally {
    await watch.stop()
  }

  async function settled() {
    const expected = expectedSlots(jobs, dcs, fromMs, toMs)
    const look = async () => {
      const { rows, effects } = await readLedger(rig, await operators.writer(), fromMs, toMs)
      return { rows, found: judge(expected, rows, effects, jobs) }
    }
    let seen = await look()
    const ended = async () => {
      // The writer may be on its way: what was seen before is looked at again.
      seen = await look().catch(() => seen)
      return seen.found.open === 0 && seen.found.missing.length === 0
    }
    await until(ended, 'not everything has ended', settledWithinMs, 2_000).catch((error: Error) => say(error.message))
    tellWrong(seen.found, say)
    return seen
  }
}

/** The first of each kind, and why what did not end well did not. */
function tellWrong(
  { missing, surplus, twice, stale, withoutEffect, notOk }: Run['found'],
  say: (line: string) => void,
) {
  const kinds = {
    missing,
    'in no plan': surplus,
    'ran twice': twice,
    'stale effect': stale,
    'no effect': withoutEffect,
  }
  for (const [kind, slots] of Object.entries(kinds)) {
    for (const slot of slots.slice(0, shownMax)) say(`${kind}: ${nameOf(slot)}`)
  }
  const reasons = Map.groupBy(notOk, ({ state, reason }) => `${state}, ${reason ?? 'without a reason'}`)
  for (const [reason, rows] of reasons) say(`${rows.length} slots ${reason}, such as ${rows.map(nameOf)[0]}`)
}
