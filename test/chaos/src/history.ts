import type { Answer, Deployment } from './deployment.js'
import { type Step, scheduleOf } from './schedule.js'
import { SimDatabase } from './sim-database.js'
import { World } from './world.js'

/** A heartbeat vouches for a second, plus what the fastest message takes. */
const promiseMs = 1_000 + 30
/** So that chance in a history is not the chance that made its schedule. */
const worldSalt = 0x9e3779b9

interface Violation {
  what: 'stale' | 'loaded-twice'
  detail: string
}

export interface Outcome {
  seed: number
  reads: number
  /** Answers that said themselves that they may be old. */
  marked: number
  failed: number
  loads: number
  stale: number
  /** For how long at most a newer version had been there, in ms. */
  staleMostMs: number
  faults: string[]
  /** The first few. */
  violations: Violation[]
}

export type Contender = (world: World, database: SimDatabase) => Deployment

/** Plays one history and holds every answer against the promise. */
export async function play(seed: number, contender: Contender): Promise<Outcome> {
  const { lengthMs, writes, reads, faults } = scheduleOf(seed)
  const world = new World(seed ^ worldSalt)
  const database = new SimDatabase(world, 2)
  const deployment = contender(world, database)
  const checker = new Checker(seed, world, database, deployment)
  const mine = ({ dc }: { dc: number }) => dc < deployment.dcs
  for (const step of writes) world.after(step.atMs, () => void deployment.write(step).catch(() => {}))
  for (const step of reads.filter(mine)) world.after(step.atMs, () => void checker.read(step))
  for (const fault of faults.filter(mine)) {
    checker.outcome.faults.push(
      `${fault.name} in ${fault.dc} at ${Math.round(fault.atMs)} for ${Math.round(fault.forMs)} ms`,
    )
    world.after(fault.atMs, () => deployment.fault(fault))
  }
  await world.run(lengthMs)
  checker.close(faults.length === 0)
  return checker.outcome
}

class Checker {
  readonly outcome: Outcome

  constructor(
    seed: number,
    private readonly world: World,
    private readonly database: SimDatabase,
    private readonly deployment: Deployment,
  ) {
    const none = { reads: 0, marked: 0, failed: 0, loads: 0, stale: 0, staleMostMs: 0 }
    this.outcome = { seed, ...none, faults: [], violations: [] }
  }

  async read(step: Step) {
    const startMs = this.world.monotonicMs()
    let answer: Answer
    try {
      answer = await this.deployment.read(step)
    } catch {
      this.outcome.failed++
      return
    }
    this.outcome.reads++
    if (answer.marked) this.outcome.marked++
    else this.#hold(step, startMs, answer.version)
  }

  /** Not older than the promise allows, measured from when the newer version was in this data centre's database. */
  #hold({ dc, seat, key }: Step, startMs: number, version: number) {
    const newer = this.database.newerThan(dc, key, version)
    const lateMs = newer === undefined ? 0 : startMs - newer
    if (lateMs <= promiseMs * this.deployment.levelsOf(seat)) return
    this.outcome.stale++
    this.outcome.staleMostMs = Math.max(this.outcome.staleMostMs, lateMs)
    const detail = `${key} at version ${version} in ${dc}, seat ${seat}, at ${Math.round(startMs)}: ${Math.round(lateMs)} ms late`
    this.#violation('stale', detail)
  }

  close(healthy: boolean) {
    const { loads, loadsAtOnce } = this.deployment
    this.outcome.loads = loads
    if (healthy && loadsAtOnce > 1) this.#violation('loaded-twice', `${loadsAtOnce} loads of one key at once`)
  }

  #violation(what: Violation['what'], detail: string) {
    if (this.outcome.violations.length < 3) this.outcome.violations.push({ what, detail })
  }
}
