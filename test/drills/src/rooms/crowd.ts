import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { until } from '@gala/platform'
import { add, noFindings } from './oracle.js'
import type { Accepted, CrowdOrder, CrowdPlan, CrowdState, CrowdWord, Judged } from './plan.js'

const processes = 2
const connectWithinMs = 120_000

/** Viewers of a room in processes of their own. */
export class Crowd {
  readonly #children: ChildProcess[]
  readonly #states = new Map<ChildProcess, CrowdState>()

  private constructor(plan: CrowdPlan) {
    this.#children = Array.from({ length: processes }, (_, i) => this.#start(plan, i))
  }

  /** Resolves when all are in. @throws when they are not within two minutes. */
  static async of(plan: CrowdPlan): Promise<Crowd> {
    const crowd = new Crowd(plan)
    const missing = () => `${plan.viewers - crowd.open} viewers are not in: ${JSON.stringify(crowd.why)}`
    try {
      await until(() => crowd.open >= plan.viewers, missing, connectWithinMs, 100)
      return crowd
    } catch (error) {
      crowd.end()
      throw error
    }
  }

  get open(): number {
    return [...this.#states.values()].reduce((sum, { open }) => sum + open, 0)
  }

  /** Why links ended, and what else went wrong. */
  get why(): Record<string, number> {
    const all: Record<string, number> = {}
    for (const { closes, trouble } of this.#states.values()) {
      for (const [what, count] of [...Object.entries(closes), ...Object.entries(trouble)])
        all[what] = (all[what] ?? 0) + count
    }
    return all
  }

  /** Returns are told from here on. @returns how many viewers each instance has. */
  async mark(): Promise<Record<string, number>> {
    const all: Record<string, number> = {}
    for (const { instances } of await this.#ask('marked', { do: 'mark' }))
      for (const [name, count] of Object.entries(instances)) all[name] = (all[name] ?? 0) + count
    return all
  }

  async judge(accepted: Accepted[]): Promise<Judged> {
    const words = await this.#ask('judged', { do: 'judge', accepted })
    const sum = (of: (word: Judged) => number) => words.reduce((all, word) => all + of(word), 0)
    const merged = (of: (word: Judged) => Record<number, number>) => {
      const all: Record<number, number> = {}
      for (const word of words)
        for (const [key, count] of Object.entries(of(word))) all[Number(key)] = (all[Number(key)] ?? 0) + count
      return all
    }
    return {
      viewers: { healthy: sum(({ viewers }) => viewers.healthy), slow: sum(({ viewers }) => viewers.slow) },
      healthy: words.reduce((all, { healthy }) => add(all, healthy), noFindings()),
      slow: words.reduce((all, { slow }) => add(all, slow), noFindings()),
      healthyCut: sum(({ healthyCut }) => healthyCut),
      giftDelays: merged(({ giftDelays }) => giftDelays),
      chatDelays: merged(({ chatDelays }) => chatDelays),
      returns: words.flatMap(({ returns }) => returns),
      welcomesPerS: merged(({ welcomesPerS }) => welcomesPerS),
    }
  }

  end() {
    for (const child of this.#children) if (child.connected) child.send({ do: 'stop' } satisfies CrowdOrder)
  }

  #start(plan: CrowdPlan, i: number): ChildProcess {
    const share = (of: number) => Math.floor(of / processes) + (i < of % processes ? 1 : 0)
    const own: CrowdPlan = {
      ...plan,
      viewers: share(plan.viewers),
      slow: share(plan.slow),
      connectPerS: plan.connectPerS / processes,
      firstAddress: plan.firstAddress + i * Math.ceil(plan.viewers / processes),
      seed: plan.seed + i,
    }
    const child = fork(join(import.meta.dirname, 'worker.js'), [JSON.stringify(own)], {
      env: { ...process.env, NODE_OPTIONS: '' },
      serialization: 'advanced',
    })
    child.on('message', (word: CrowdWord) => {
      if (word.kind === 'state') this.#states.set(child, word)
    })
    return child
  }

  #ask<Kind extends 'marked' | 'judged'>(kind: Kind, order: CrowdOrder) {
    type Answer = Extract<CrowdWord, { kind: Kind }>
    const answers = this.#children.map(
      (child) =>
        new Promise<Answer>((resolve, reject) => {
          const hear = (word: CrowdWord) => {
            if (word.kind !== kind) return
            child.off('message', hear)
            resolve(word as Answer)
          }
          child.on('message', hear)
          child.once('exit', (code) => reject(new Error(`viewers ended with ${code}`)))
        }),
    )
    for (const child of this.#children) child.send(order)
    return Promise.all(answers)
  }
}

/** The value that such a part of all do not exceed, of counts by value; NaN of none. */
export function quantileOf(counts: Readonly<Record<number, number>>, part: number): number {
  const sorted = Object.entries(counts)
    .map(([value, count]) => [Number(value), count] as const)
    .toSorted(([a], [b]) => a - b)
  const all = sorted.reduce((sum, [, count]) => sum + count, 0)
  let below = 0
  for (const [value, count] of sorted) {
    below += count
    if (below >= all * part) return value
  }
  return Number.NaN
}
