import { fileURLToPath } from 'node:url'
import type { Clock } from '@gala/kernel'
import { Piscina } from 'piscina'
import type { Run, ThreadOutcome, Threads } from '../handler.js'
import { handlers } from '../handlers/index.js'
import { bounded, detailOf, type Task } from './protocol.js'
import { type Place, ThreadRun } from './thread-run.js'
import { work } from './worker.js'

export interface ThreadsOptions {
  clock: Clock
  /** So many runs at once; as many again may wait for one of them to end. */
  threadsMax: number
  /**
   * Heap of one thread, in MiB. A process that was started with `--max-old-space-size` gives its threads that much instead.
   * What lies outside of the heap, such as buffers, is not counted.
   */
  memoryMb?: number
  /** Told of what a thread did while nothing ran in it; the run of one that fails hears of it itself. */
  onError: (error: unknown) => void
  /** The compiled entry of a thread; in a test, which runs from sources, it has to be said. */
  workerFile?: string
}

type PoolOptions = NonNullable<Parameters<Piscina<Task>['run']>[1]>

const memoryMbFirst = 128
/** The second of two runs that come at once finds a thread for so long after the last time there were two. */
const idleMs = 300_000

/** There is code V8 cannot interrupt: nobody waits longer for a thread that runs it. */
const closeMs = 2_000

/** Threads that handlers run in, each alone. One is always ready: what is due at an exact moment does not wait for it to start. */
export function openThreads(options: ThreadsOptions): Threads {
  return new PooledThreads(options)
}

class PooledThreads implements Threads {
  readonly #pool: Piscina<Task>
  readonly #memoryMb: number
  #running = 0
  #closed = false

  constructor(private readonly options: ThreadsOptions) {
    const { threadsMax, memoryMb = memoryMbFirst, workerFile, onError } = options
    this.#memoryMb = memoryMb
    this.#pool = new Piscina<Task>({
      filename: workerFile ?? fileURLToPath(new URL('./worker.js', import.meta.url)),
      name: 'work',
      minThreads: 1,
      maxThreads: threadsMax,
      // Bounded below, before it gets there.
      maxQueue: threadsMax * 2 + 1,
      idleTimeout: idleMs,
      concurrentTasksPerWorker: 1,
      // A thread that waits in a lock would not notice that a port was closed, or a connection.
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      // Handlers reach the platform through base alone: they need none of its addresses and passwords.
      env: {},
    })
    this.#pool.on('error', onError)
  }

  async run(
    name: string,
    params: Record<string, unknown>,
    run: Run,
    more: Parameters<Threads['run']>[3],
  ): Promise<ThreadOutcome> {
    const handler = handlers.get(name)
    if (!handler) return refused(`there is no handler ${name}`)
    if (handler.needsEvent && run.event === null)
      return refused(`${name} is for a job of an event, and this is of none`)
    const parsed = handler.params.safeParse(params)
    if (!parsed.success) return refused(issuesOf(parsed.error.issues))
    if (this.#closed) return { ...refused('the threads are closing'), retryable: true }
    const { clock } = this.options
    if (handler.onlyAsks) return await new ThreadRun(here, clock, this.#memoryMb, more).of(name, parsed.data, run)
    if (this.#running >= this.options.threadsMax * 2)
      return { ...refused('too many runs wait for a thread'), retryable: true }
    this.#running++
    try {
      const running = new ThreadRun(this.#apart, clock, this.#memoryMb, more).of(name, parsed.data, run)
      this.#keepSpare()
      return await running
    } catch (error) {
      return { ...refused(detailOf(error)), retryable: true }
    } finally {
      this.#running--
      this.#keepSpare()
    }
  }

  readonly #apart: Place = (task, { moved, kill }) => {
    // Its types are made for another release of Node's: a list of ports is what it takes.
    const transferList = [moved] as unknown as NonNullable<PoolOptions['transferList']>
    return this.#pool.run(task, { transferList, signal: kill })
  }

  async close() {
    this.#closed = true
    const gone = new AbortController()
    const destroyed = this.#pool.destroy().finally(() => gone.abort())
    await Promise.race([destroyed, this.options.clock.sleep(closeMs, gone.signal)])
  }

  /** Begins a thread when every one there is has something to do. */
  #keepSpare() {
    const { threadsMax, onError } = this.options
    if (this.#closed || this.#running >= threadsMax || this.#pool.threads.length > this.#running) return
    this.#pool.run({ kind: 'warm' }).catch((error: unknown) => {
      if (!this.#closed) onError(error)
    })
  }
}

/** In this thread, the same way. What does not end when it is told to is left to itself: it has nothing to do harm with. */
const here: Place = (task, { kill }) =>
  Promise.race([
    work(task),
    new Promise<never>((_, reject) => {
      kill.addEventListener('abort', () => reject(new Error('it did not end when it was told to')), { once: true })
    }),
  ])

const refused = (detail: string): ThreadOutcome & { kind: 'failed' } => ({
  kind: 'failed',
  reason: 'error',
  detail,
  retryable: false,
})

const issuesOf = (issues: readonly { path: PropertyKey[]; message: string }[]): string =>
  bounded(
    issues
      .slice(0, 10)
      .map(({ path, message }) => `${['params', ...path.map(String)].join('.')}: ${message}`)
      .join('; '),
  )
