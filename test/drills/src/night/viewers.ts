import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { type NightPlan, type NightResult, type Order, over, type Tally, type Word } from './plan.js'

/** Two tries of two seconds, and time to say so. */
const endsWithinMs = 15_000

/** A hand on the process that asks. */
export class Viewers {
  #tallies: Tally[] = []
  readonly #child: ChildProcess
  readonly #result: Promise<NightResult>

  constructor(plan: NightPlan, onBad: (what: string) => void) {
    const file = join(import.meta.dirname, 'worker.js')
    this.#child = fork(file, [JSON.stringify(plan)], { env: { ...process.env, NODE_OPTIONS: '' } })
    this.#result = new Promise((resolve, reject) => {
      this.#child.on('message', (word: Word) => {
        if ('result' in word) return resolve(word.result)
        this.#tallies = Object.values(word.progress)
        for (const what of word.bad) onBad(what)
      })
      this.#child.on('exit', (code) => reject(new Error(`the viewers ended with ${code}`)))
    })
    // Whoever stops them is told; until then nobody listens.
    this.#result.catch(() => {})
  }

  /** Requests that are over, as of a second ago at most. */
  get done(): number {
    return this.#sum(over)
  }

  get degraded(): number {
    return this.#sum(({ degraded }) => degraded)
  }

  get bad(): number {
    return this.#sum(({ bad }) => bad)
  }

  /** From now on requests that end are counted as of this phase. */
  phase(phase: string) {
    this.#order({ phase })
  }

  /** Resolves when the last request is over. @throws when they died. */
  async stop(): Promise<NightResult> {
    this.#order('stop')
    const timer = setTimeout(() => this.kill(), endsWithinMs)
    try {
      return await this.#result
    } finally {
      clearTimeout(timer)
    }
  }

  kill() {
    this.#child.kill('SIGKILL')
  }

  #order(order: Order) {
    if (this.#child.connected) this.#child.send(order)
  }

  #sum(of: (tally: Tally) => number): number {
    return this.#tallies.reduce((sum, tally) => sum + of(tally), 0)
  }
}
