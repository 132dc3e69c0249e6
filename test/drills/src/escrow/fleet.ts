import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Issue } from '@gala/escrow'
import type { Order, Word, WorkerEnv } from './worker.js'

type Answered = (answer: { issue: Issue | undefined } | { failed: string }) => void

/** A worker process that is started again each time it was killed. */
export class Worker {
  #child: ChildProcess
  #ready: Promise<void>
  #asks = 0
  readonly #waiting = new Map<number, Answered>()

  constructor(
    readonly env: WorkerEnv,
    private stock: string | undefined = undefined,
  ) {
    ;[this.#child, this.#ready] = this.#start()
  }

  get issues() {
    return this.env.mysqlUrl === undefined
  }

  get ready() {
    return this.#ready
  }

  take(stock: string) {
    this.stock = stock
    this.#send({ stock })
  }

  /** Undefined when nobody knows: the worker died, or its store does not answer. */
  async ask(claimant: string): Promise<{ issue: Issue | undefined } | undefined> {
    const ask = this.#asks++
    const answer = await new Promise<Parameters<Answered>[0]>((done) => {
      this.#waiting.set(ask, done)
      this.#send({ ask, claimant })
    })
    return 'issue' in answer ? answer : undefined
  }

  async kill() {
    const gone = new Promise((done) => this.#child.once('exit', done))
    this.#child.kill('SIGKILL')
    await gone
  }

  revive() {
    ;[this.#child, this.#ready] = this.#start()
  }

  #start(): [ChildProcess, Promise<void>] {
    const args = [JSON.stringify(this.env)]
    const child = fork(join(import.meta.dirname, 'worker.js'), args, { env: { ...process.env, NODE_OPTIONS: '' } })
    const ready = new Promise<void>((done) => {
      child.on('message', (word: Word) => {
        if ('ready' in word) done()
        else this.#answer(word.ask, word)
      })
    })
    child.on('exit', () => {
      for (const ask of this.#waiting.keys()) this.#answer(ask, { failed: 'killed' })
    })
    if (this.stock !== undefined) child.send({ stock: this.stock } satisfies Order, () => {})
    return [child, ready]
  }

  #answer(ask: number, answer: Parameters<Answered>[0]) {
    this.#waiting.get(ask)?.(answer)
    this.#waiting.delete(ask)
  }

  #send(order: Order) {
    const failed = () => 'ask' in order && this.#answer(order.ask, { failed: 'dead' })
    // One that was killed a moment ago still counts as connected.
    if (this.#child.connected) this.#child.send(order, (error) => error && failed())
    else failed()
  }
}
