import { until } from '@gala/platform'
import { GalaError, type OpsClient } from '@gala/sdk'
import { moveWriter } from '../data-centre-loss.js'
import { operator } from '../edits.js'
import { pause } from '../faults.js'
import type { Rig } from '../rig.js'
import { bodyOf, type PlannedJob } from './plan.js'

const savers = 8
const triesMax = 20
const answersWithinMs = 15_000
/** Of one question: a process that is paused never answers. */
const patienceMs = 2_000

/** Operators of the drill: they ask whichever base answers. */
export class Operators {
  private constructor(private readonly bases: readonly { dc: string; ops: OpsClient }[]) {}

  static async of(rig: Rig): Promise<Operators> {
    const admin = await rig.client.token('admin', 3_600, 'drill')
    return new Operators(
      rig.status.dcs.flatMap(({ id, base }) => base.map((url) => ({ dc: id, ops: operator(url, admin) }))),
    )
  }

  /** Saves every job, a few at a time. One that was not answered is sent again under its key, to another base. */
  async save(jobs: readonly PlannedJob[]): Promise<void> {
    const nowMs = Date.now()
    const left = [...jobs.entries()]
    const work = async () => {
      for (let next = left.shift(); next; next = left.shift()) await this.#saved(next[1], next[0], nowMs)
    }
    await Promise.all(Array.from({ length: savers }, work))
  }

  /** Who plans and hands out, as the schedule shows it. */
  async leaseHolder(): Promise<string> {
    const board = await this.#any((ops) => ops.jobs.board({}, { timeoutMs: patienceMs, retriesMax: 0 }))
    const holder = board.data.schedulers.find(({ scope }) => scope === 'global')?.holder
    if (!holder) throw new Error('nobody holds the lease of the global scheduler')
    return holder
  }

  /** Nobody writes for a moment while the writer moves: then it is asked again. */
  writer(): Promise<string> {
    return this.#patient(async () => {
      const board = await this.#any((ops) => ops.datacentres.board({}, { timeoutMs: patienceMs, retriesMax: 0 }))
      if (board.data.writer.dc === null) throw new Error('no data centre writes')
      return board.data.writer.dc
    })
  }

  /** Refused while the other server is behind, or a base is just coming back: then it is asked again. */
  async moveWriterAway(): Promise<void> {
    const from = await this.writer()
    const to = this.bases.find(({ dc }) => dc !== from)?.dc ?? ''
    let turn = 0
    await this.#patient(() => moveWriter(this.bases[turn++ % this.bases.length]?.ops as OpsClient, to, 'drill'))
  }

  async #saved(job: PlannedJob, i: number, nowMs: number) {
    const body = bodyOf(job, i, nowMs)
    const idempotencyKey = `${job.id}-${nowMs}`.slice(0, 64)
    for (let tried = 0; ; tried++) {
      const base = this.bases[(i + tried) % this.bases.length]
      try {
        await base?.ops.jobs.save({ params: { id: job.id }, body }, { idempotencyKey })
        return
      } catch (error) {
        if (!(error instanceof GalaError) || !error.retryable || tried >= triesMax) throw error
        await pause(200)
      }
    }
  }

  /** A process that is paused keeps nobody waiting when another one answers. */
  #any<T>(ask: (ops: OpsClient) => Promise<T>): Promise<T> {
    return Promise.any(this.bases.map(({ ops }) => ask(ops))).catch((error: AggregateError) => {
      throw error.errors[0]
    })
  }

  async #patient<T>(ask: () => Promise<T>): Promise<T> {
    let answer: { value: T } | undefined
    let why = ''
    const asked = async () => {
      try {
        answer = { value: await ask() }
      } catch (error) {
        why = String(error)
      }
      return answer !== undefined
    }
    await until(asked, () => `operators are refused: ${why}`, answersWithinMs, 100)
    return (answer as unknown as { value: T }).value
  }
}
