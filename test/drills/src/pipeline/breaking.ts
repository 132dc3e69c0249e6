import { until } from '@gala/platform'
import { pause } from '../faults.js'
import { Operators } from '../jobs/operators.js'
import type { Rig } from '../rig.js'
import { pipelineOf } from './books.js'

export const logs = ['redis', 'kafka'] as const
export type Log = (typeof logs)[number]

/** In all, in turns in the data centres. */
export const pipelineKills = 20
/** Of the event log of every data centre. */
const logKills = 2
const upWithinMs = 60_000
/** One that is gone for a moment only is not missed by anybody. */
const goneMs = 3_000

interface Fault {
  /** After which part of all requests. */
  at: number
  make: () => Promise<void>
}

/** What is broken while requests go on. */
export class Breaking {
  /** So far. */
  readonly made = { pipelines: 0, logs: 0, moves: 0 }

  constructor(
    private readonly rig: Rig,
    private readonly log: Log,
    private readonly say: (line: string) => void,
  ) {}

  /**
   * Pipelines one after the other, and meanwhile event logs and the writer. `part` is how much of all requests is over, 0 to 1: a fault
   * waits for its own.
   */
  async all(part: () => number): Promise<void> {
    const dcs = this.rig.status.dcs.map(({ id }) => id)
    const kills = Array.from({ length: pipelineKills }, (_, i): Fault => {
      const dc = dcs[i % dcs.length] ?? ''
      return { at: (i + 1) / (pipelineKills + 2), make: () => this.#killPipeline(dc) }
    })
    const others: Fault[] = [
      ...Array.from({ length: logKills }, (_, i) => ({ at: 0.15 + 0.4 * i, make: () => this.#killLogs(dcs) })),
      { at: 0.35, make: () => this.#moveWriter() },
    ].toSorted((a, b) => a.at - b.at)
    await Promise.all([kills, others].map((faults) => this.#inTurn(faults, part)))
  }

  async #inTurn(faults: readonly Fault[], part: () => number) {
    for (const { at, make } of faults) {
      while (part() < at) await pause(100)
      await make()
    }
  }

  /** Nobody starts it again but whoever supervises it. */
  async #killPipeline(dc: string) {
    const { name } = pipelineOf(this.rig, dc)
    const up = async () => (await this.#part(name))?.state === 'healthy'
    await until(up, `${name} does not come back`, upWithinMs, 100)
    await this.rig.client.part('kill', name)
    this.made.pipelines++
    this.say(`${name} is killed, ${this.made.pipelines} of ${pipelineKills}`)
  }

  /** With what it has on its disk. */
  async #killLogs(dcs: readonly string[]) {
    this.say(`${this.log} of every data centre is killed`)
    await Promise.all(dcs.map((dc) => this.rig.client.part('kill', `${dc}.${this.log}`)))
    await pause(goneMs)
    await Promise.all(dcs.map((dc) => this.rig.client.part('start', `${dc}.${this.log}`)))
    this.made.logs += dcs.length
    this.say(`${this.log} is back`)
  }

  async #moveWriter() {
    const operators = await Operators.of(this.rig)
    await operators.moveWriterAway()
    this.made.moves++
    this.say('the writer is moved')
  }

  async #part(name: string) {
    const { dcs } = await this.rig.client.status()
    return dcs.flatMap(({ parts }) => parts).find((part) => part.name === name)
  }
}
