import type { Decision } from '@gala/resilience'
import { type LimitContenderName, type LimitJob, limitContenders } from './contenders.js'

export interface Work extends LimitJob {
  contender: LimitContenderName
  requests: number
  /** Requests fall due at this pace, whether or not earlier ones are answered. */
  perS: number
  /** Requests that may be under way before the next ones are held up. */
  underWayMax: number
  waits: boolean
}

export interface Done {
  admitted: number
  refused: number
  failed: number
  /** Admitted, by tenths of a second of the wall clock. */
  tenths: [number, number][]
  startedMs: number
  endedMs: number
  cpuUs: number
  trips: number
  /** Admitted before one that had come earlier and was admitted, too. */
  inversions: number
  longestMs: number
  /** What the refused were told, sorted, every hundredth. */
  toldMs: number[]
  rssGrowthMb: number
}

// A bench that was killed leaves nobody behind.
process.once('disconnect', () => process.exit())

/** One process of the fleet: says that it is ready, starts at a word, and tells what it counted. */
process.once('message', async (work: Work) => {
  const contender = await limitContenders[work.contender](work)
  process.send?.('ready')
  await new Promise((resolve) => process.once('message', resolve))
  process.send?.(await run(work, contender.decide, contender.trips))
  await contender.close()
  process.exit()
})

async function run(work: Work, decide: (waits: boolean) => Decision | Promise<Decision>, trips: () => number) {
  const { requests, perS, underWayMax, waits } = work
  const done: Done = {
    admitted: 0,
    refused: 0,
    failed: 0,
    tenths: [],
    startedMs: Date.now(),
    endedMs: 0,
    cpuUs: 0,
    trips: trips(),
    inversions: 0,
    longestMs: 0,
    toldMs: [],
    rssGrowthMb: 0,
  }
  const tenths = new Map<number, number>()
  let underWay = 0
  let newest = -1
  const note = (decision: Decision, index: number) => {
    if (!decision.admitted) {
      if (done.refused++ % 100 === 0) done.toldMs.push(decision.retryAfterMs)
      return
    }
    done.admitted++
    const tenth = Math.floor(Date.now() / 100)
    tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1)
    if (index < newest) done.inversions++
    newest = Math.max(newest, index)
  }
  const rssMb = () => process.memoryUsage.rss() / 1_048_576
  const rssBefore = rssMb()
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  for (let issued = 0; issued < requests; ) {
    const due = Math.min(requests, Math.floor(((performance.now() - startedMs) * perS) / 1_000))
    while (issued < due && underWay < underWayMax) {
      const index = issued++
      const decision = decide(waits)
      if (!(decision instanceof Promise)) {
        note(decision, index)
        continue
      }
      const sinceMs = performance.now()
      underWay++
      const end = () => {
        underWay--
        done.longestMs = Math.max(done.longestMs, performance.now() - sinceMs)
      }
      decision
        .then(
          (answer) => note(answer, index),
          () => done.failed++,
        )
        .finally(end)
    }
    done.rssGrowthMb = Math.max(done.rssGrowthMb, rssMb() - rssBefore)
    await new Promise((resolve) => (underWay >= underWayMax ? setImmediate(resolve) : setTimeout(resolve, 1)))
  }
  while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  const { user, system } = process.cpuUsage(cpu)
  done.endedMs = Date.now()
  return { ...done, cpuUs: user + system, trips: trips() - done.trips, tenths: [...tenths] }
}
