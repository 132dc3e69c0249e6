import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '@gala/kernel'
import type { HandlerContext, Run } from '../handler.js'
import type { Progress } from '../ledger.js'
import { ActRefused } from '../refusals.js'
import { boundedNote, type FromThread, jsonOf, type ToThread } from './protocol.js'

/** Of one run: more than that is a handler that does not wait for what it asks. */
const actsAtOnceMax = 16
/** How often progress is told. What is said in between is kept until then, the newest of it. */
const progressEveryMs = 100

interface Waiting {
  resolve: (reply: unknown) => void
  reject: (error: Error) => void
}

/** What a handler is given, at the end of the thread: everything goes through one port, which is closed with the run. */
export class ContextOfThread implements HandlerContext {
  readonly #aborting = new AbortController()
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #untold: Progress | undefined
  #toldAtMs = Number.NEGATIVE_INFINITY
  #cancelTelling: (() => void) | undefined

  constructor(
    readonly run: Run,
    private readonly port: MessagePort,
    readonly clock: Clock,
  ) {
    port.on('message', (message: ToThread) => this.#heard(message))
  }

  get signal(): AbortSignal {
    return this.#aborting.signal
  }

  /** The newest progress that has not been told, if any. */
  get untold(): Progress | undefined {
    return this.#untold
  }

  /** Handlers take this and the next one on their own. */
  readonly progress = (done: number, total: number, note = '') => {
    if (!Number.isFinite(done) || !Number.isFinite(total)) throw new Error('progress is told in numbers')
    this.#untold = { done, total, note: boundedNote(note) }
    const leftMs = this.#toldAtMs + progressEveryMs - this.clock.monotonicMs()
    if (leftMs <= 0) return this.#tell()
    this.#cancelTelling ??= this.clock.after(leftMs, () => this.#tell())
  }

  readonly act = async (act: string, input: unknown): Promise<unknown> => {
    this.signal.throwIfAborted()
    if (this.#waiting.size >= actsAtOnceMax) throw new Error(`a run has at most ${actsAtOnceMax} acts under way`)
    const json = jsonOf(input, `the input of ${act}`) ?? 'null'
    const id = this.#asked++
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ kind: 'act', id, act, input: json })
    })
  }

  /** The run is over: whatever it has left going hears of it, and nobody hears of that any more. */
  close() {
    this.#cancelTelling?.()
    this.#abort('the run is over')
    this.port.close()
  }

  #tell() {
    this.#cancelTelling?.()
    this.#cancelTelling = undefined
    if (!this.#untold) return
    this.#send({ kind: 'progress', ...this.#untold })
    this.#untold = undefined
    this.#toldAtMs = this.clock.monotonicMs()
  }

  #heard(message: ToThread) {
    if (message.kind === 'abort') return this.#abort(message.why)
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind === 'done') return waiting?.resolve(message.reply === undefined ? null : JSON.parse(message.reply))
    waiting?.reject(new ActRefused(message.code, message.message, message.retryable))
  }

  #abort(why: string) {
    if (this.signal.aborted) return
    const reason = new Error(why)
    this.#aborting.abort(reason)
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }

  #send(message: FromThread) {
    this.port.postMessage(message)
  }
}
