import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@gala/platform'
import { pause } from '../faults.js'
import type { Rig } from '../rig.js'
import type { Hands } from './fault-plan.js'
import type { LeaseWatch } from './lease-watch.js'
import type { Operators } from './operators.js'
import type { Disturbance, Window } from './windows.js'

const holderWithinMs = 8_000

/** Breaks the platform of the drill, and writes down what was broken when. */
export class OurFaults {
  readonly record: { disturbances: Disturbance[]; pauses: (Window & { dc: string })[] } = {
    disturbances: [],
    pauses: [],
  }

  constructor(
    private readonly rig: Rig,
    private readonly operators: Operators,
    private readonly watch: LeaseWatch,
    private readonly pauseMs: number,
    private readonly say: (line: string) => void,
  ) {}

  get hands(): Hands {
    return {
      kill: () => this.#killHolder(),
      pause: () => this.#pauseOther(),
      redis: () => this.#emptyRedis(),
      move: () => this.#moveWriter(),
    }
  }

  /** The process that hands out at this moment, as the schedule shows it and the database agrees. */
  async #killHolder() {
    let holder = ''
    const found = async () => {
      holder = await this.operators.leaseHolder().catch(() => '')
      return holder !== '' && holder === this.watch.holder
    }
    await until(
      found,
      () => `schedule and database agree on no holder: ${holder}, ${this.watch.holder}`,
      holderWithinMs,
    )
    const part = partOf(holder)
    this.say(`${part} holds the lease and is killed`)
    await this.#noted('kill', holder, () => this.rig.client.part('kill', part))
  }

  async #pauseOther() {
    const writer = await this.operators.writer()
    const dc = this.rig.status.dcs.find(({ id }) => id !== writer)?.id ?? ''
    const parts = neededParts(this.rig, dc)
    this.say(`${dc} is paused for ${this.pauseMs / 1_000} s`)
    const window = { dc, fromMs: Date.now(), toMs: Number.POSITIVE_INFINITY }
    this.record.pauses.push(window)
    await this.#noted('pause', `${dc}.`, () => all(parts, (part) => this.rig.client.part('pause', part)))
    await pause(this.pauseMs)
    this.say(`${dc} goes on`)
    window.toMs = Date.now()
    await this.#noted('continue', undefined, () => all(parts, (part) => this.rig.client.part('resume', part)))
  }

  async #emptyRedis() {
    const dc = await this.operators.writer()
    this.say(`Redis of ${dc} is killed and starts empty`)
    await this.#noted('redis', undefined, () => restartEmpty(this.rig, dc))
  }

  async #moveWriter() {
    this.say('the writer is moved')
    await this.#noted('move', undefined, () => this.operators.moveWriterAway())
  }

  async #noted(kind: Disturbance['kind'], broken: string | undefined, work: () => Promise<unknown>) {
    const disturbance = { kind, broken, atMs: Date.now(), doneMs: Number.POSITIVE_INFINITY }
    this.record.disturbances.push(disturbance)
    await work()
    disturbance.doneMs = Date.now()
  }
}

/** SIGKILL, and nothing of what it had written is there when it starts again. */
export async function restartEmpty(rig: Rig, dc: string) {
  await rig.client.part('kill', `${dc}.redis`)
  await rm(join(rig.stateDir, dc, 'redis'), { recursive: true, force: true })
  await rig.client.part('start', `${dc}.redis`)
}

/** Jobs need stores and base; whoever else runs takes processor time from them. */
const neededParts = (rig: Rig, dc: string) => partsOf(rig, dc, true)
export const idleParts = (rig: Rig, dc: string) => partsOf(rig, dc, false)

const needed = new Set<string>(['mysql', 'redis', 'base'])

const partsOf = ({ status }: Rig, dc: string, wanted: boolean) =>
  (status.dcs.find(({ id }) => id === dc)?.parts ?? [])
    .filter(({ kind }) => needed.has(kind) === wanted)
    .map(({ name }) => name)

/** `dc-a.base-1` of `dc-a.base-1#1f00`. */
const partOf = (instance: string) => instance.replace(/#.*$/, '')

const all = (parts: readonly string[], act: (part: string) => Promise<void>) => Promise.all(parts.map(act))
