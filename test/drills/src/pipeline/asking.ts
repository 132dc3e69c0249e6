import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

export interface AskPlan {
  edges: readonly string[]
  events: readonly string[]
  requests: number
  /** At most, both edges together. */
  ratePerS: number
  seed: number
}

export interface Asked {
  asked: number
  /** With any status. */
  answered: number
  /** Of those, with 400 or more. */
  refused: number
  /** The connection broke, or nothing came in time: the edge may have written a line or not. */
  unanswered: number
}

/** Somebody who asks both edges, on connections that are kept, until so many requests are over. */
export class Asking {
  now: Asked = { asked: 0, answered: 0, refused: 0, unanswered: 0 }
  readonly #child: ChildProcess
  readonly #ended: Promise<Asked>

  constructor(private readonly plan: AskPlan) {
    this.#child = fork(join(import.meta.dirname, 'asker.js'), [JSON.stringify(plan)])
    this.#child.on('message', (told: Asked) => {
      this.now = told
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('exit', (code) => {
        if (code === 0) resolve(this.now)
        else reject(new Error(`whoever asks has ended with ${code}`))
      })
    })
    // Whoever waits for the end is told; until then nobody listens.
    this.#ended.catch(() => {})
  }

  /** Which part of all requests is over. */
  get part(): number {
    return (this.now.answered + this.now.unanswered) / this.plan.requests
  }

  /** Resolves when the last request is over. @throws when whoever asks died. */
  ended(): Promise<Asked> {
    return this.#ended
  }

  kill() {
    this.#child.kill('SIGKILL')
  }
}
