import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Clock } from '@gala/kernel'
import type { Run, ThreadOutcome, Threads } from '../handler.js'
import {
  bounded,
  detailOf,
  type Ended,
  type FromThread,
  jsonOf,
  retryableOf,
  type Task,
  type ToThread,
} from './protocol.js'

type More = Parameters<Threads['run']>[3]
/** Where a task is done. `kill` ends it for good, whatever it does; `moved` goes along with it. */
export type Place = (task: Task, options: { moved: MessagePort; kill: AbortSignal }) => Promise<unknown>

/** A handler that was told to end has so long to put things in order; then its thread is ended under it. */
const graceMs = 500

/** One run in a thread, as seen from the main thread: its time, its messages, its end. Nothing of it is left afterwards. */
export class ThreadRun {
  readonly #port: MessagePort
  readonly #theirs: MessagePort
  readonly #kill = new AbortController()
  /** Why it was told to end. */
  #ended: (ThreadOutcome & { kind: 'failed' }) | undefined
  #cancelGrace: (() => void) | undefined

  constructor(
    private readonly place: Place,
    private readonly clock: Clock,
    private readonly memoryMb: number,
    private readonly more: More,
  ) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#theirs = port2
    port1.on('message', (message: FromThread) => this.#heard(message))
  }

  /** Never rejects for what the handler does. The time counts from now, whether a thread is free or not. */
  async of(handler: string, params: unknown, run: Run): Promise<ThreadOutcome> {
    const { signal, timeoutMs } = this.more
    const cancelled = () => this.#end('cancelled', 'it was cancelled', false)
    const cancelTimeout = this.clock.after(timeoutMs, () =>
      this.#end('timeout', `it took longer than ${timeoutMs} ms`, true),
    )
    signal.addEventListener('abort', cancelled, { once: true })
    try {
      if (signal.aborted) cancelled()
      if (this.#ended) return this.#ended
      const task: Task = { kind: 'run', handler, params, run, port: this.#theirs }
      const ended = await this.place(task, { moved: this.#theirs, kill: this.#kill.signal })
      return this.#outcomeOf(ended as Ended)
    } catch (error) {
      return this.#ended ?? this.#broken(error)
    } finally {
      cancelTimeout()
      this.#cancelGrace?.()
      signal.removeEventListener('abort', cancelled)
      this.#port.close()
    }
  }

  #outcomeOf(ended: Ended): ThreadOutcome {
    // What it came to after it was told to end is not what it was run for.
    if (this.#ended) return this.#ended
    if (ended.progress) this.#progress(ended.progress)
    const result = ended.result === undefined ? null : (JSON.parse(ended.result) as unknown)
    if (ended.ok) return { kind: 'ok', result }
    const { detail, retryable } = ended
    return { kind: 'failed', reason: 'error', detail, retryable, ...(result !== null && { result }) }
  }

  /** The thread itself ended. */
  #broken(error: unknown): ThreadOutcome {
    if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const detail = `it needed more than the ${this.memoryMb} MiB of heap a thread has`
      return { kind: 'failed', reason: 'memory', detail, retryable: false }
    }
    return { kind: 'failed', reason: 'error', detail: detailOf(error), retryable: true }
  }

  #end(reason: 'timeout' | 'cancelled', detail: string, retryable: boolean) {
    if (this.#ended) return
    this.#ended = { kind: 'failed', reason, detail, retryable }
    this.#send({ kind: 'abort', why: detail })
    this.#cancelGrace = this.clock.after(graceMs, () => this.#kill.abort())
  }

  #heard(message: FromThread) {
    if (message.kind === 'progress') return this.#progress(message)
    void this.#act(message)
  }

  #progress({ done, total, note }: { done: number; total: number; note: string }) {
    if (!this.#ended) this.more.onProgress(done, total, note)
  }

  async #act({ id, act, input }: FromThread & { kind: 'act' }) {
    try {
      // What crossed the order to end on its way is not begun.
      if (this.#ended) throw new Error(this.#ended.detail)
      const reply = await this.more.act(act, JSON.parse(input))
      this.#send({ kind: 'done', id, reply: jsonOf(reply, `the answer of ${act}`) })
    } catch (error) {
      const { code } = error as { code?: unknown }
      this.#send({
        kind: 'refused',
        id,
        code: typeof code === 'string' ? bounded(code, 64) : 'INTERNAL',
        message: detailOf(error),
        retryable: retryableOf(error),
      })
    }
  }

  /** To a port that was closed meanwhile it goes nowhere. */
  #send(message: ToThread) {
    this.#port.postMessage(message)
  }
}
