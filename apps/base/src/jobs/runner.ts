import type { Clock } from '@gala/kernel'
import { randomUnit } from '@gala/kernel'
import type { Run, ThreadOutcome, Threads } from './handler.js'
import type { Ledger, Outcome, Progress, SlotKey, SlotRow } from './ledger.js'
import { slotName } from './ledger.js'
import type { Handed, Taken } from './queue.js'

/** Whoever runs a slot and has not been heard of for so long has lost it. */
export const runLeaseMs = 3_000
const beatEveryMs = 800
/** A database that is away comes back within it, or another process has taken the slot over. */
const finishWithinMs = 60_000
const finishAgainMs = 200
const backoffMaxMs = 600_000
const detailMax = 500

export interface RunnerTells {
  began(lateMs: number): void
  ended(handler: string, state: string, reason: string | null, tookMs: number): void
  /** The ledger did not answer; it is asked again. */
  ledgerFailed(error: unknown): void
  /** What a run came to could not be written down in time. */
  unwritten(slot: string): void
}

export interface RunnerOptions {
  clock: Clock
  holder: string
  threads: Threads
  ledgerOf: (dc: string) => Ledger
  act: (run: Run, act: string, input: unknown) => Promise<unknown>
  tell: RunnerTells
}

interface Running {
  key: SlotKey
  attempt: number
  progress: Progress | null
  stop: AbortController
  /** Own monotonic clock. */
  renewedAtMs: number
  cancelled: boolean
  /** The ledger could not be told for so long that somebody else may have it. */
  lost: boolean
  onProgress: (progress: Progress) => void
}

/** Runs slots that were handed out, tells the ledger that it still does, and writes down what came of it. */
export class Runner {
  readonly #running = new Map<string, Running>()
  #beating = false

  constructor(private readonly options: RunnerOptions) {}

  /** Slots that run here now. */
  get size(): number {
    return this.#running.size
  }

  /** Begins to beat. Returns the function that ends it. */
  start(): () => void {
    return this.options.clock.every(beatEveryMs, () => void this.beat())
  }

  /** Runs a slot, if it is still to be run. @throws when the ledger does not answer before it has begun. */
  async take({ key, attempt, job }: Handed, onProgress: (progress: Progress) => void): Promise<Taken> {
    const { clock, holder, tell } = this.options
    const ledger = this.options.ledgerOf(key.dc)
    const slot = await ledger.begin(key, attempt, holder, runLeaseMs)
    if (!slot) return gone
    const startedMs = clock.monotonicMs()
    if (slot.attempts.length === 1) tell.began((slot.startedAtMs ?? 0) - slot.atMs)
    const running: Running = {
      ...{ key, attempt, onProgress, progress: null, cancelled: false, lost: false },
      stop: new AbortController(),
      renewedAtMs: startedMs,
    }
    this.#running.set(slotName(key), running)
    try {
      const came = await this.#run(job, slot, running)
      const outcome = outcomeOf(
        running.lost ? lost : came,
        slot,
        job,
        (slot.attempts.at(-1)?.atMs ?? 0) + clock.monotonicMs() - startedMs,
      )
      const written = await this.#finish(ledger, running, outcome)
      tell.ended(job.handler, written ? outcome.state : 'gone', outcome.reason, clock.monotonicMs() - startedMs)
      const { state, reason, detail } = outcome
      return written ? { state: state === 'skipped' ? 'failed' : state, reason, detail } : gone
    } finally {
      this.#running.delete(slotName(key))
    }
  }

  async #run(job: Handed['job'], slot: SlotRow, running: Running): Promise<ThreadOutcome> {
    const { threads, act } = this.options
    const { atMs, dc, shard, attempt } = slot
    const run = { job: job.id, event: job.event, atMs, dc, shard, shards: job.policy.shards, attempt }
    return await threads.run(job.handler, job.params, run, {
      timeoutMs: job.policy.timeoutMs,
      signal: running.stop.signal,
      onProgress: (done, total, note) => {
        running.progress = { done, total, note: note.slice(0, 200).toWellFormed() }
        running.onProgress(running.progress)
      },
      act: (name, input) => act(run, name, input),
    })
  }

  /** Tells the ledgers that what runs here still does. One look at a time. */
  async beat(): Promise<void> {
    if (this.#beating || this.#running.size === 0) return
    this.#beating = true
    try {
      const byDc = Map.groupBy(this.#running.values(), ({ key }) => key.dc)
      await Promise.all([...byDc].map(([dc, runs]) => this.#beatFor(dc, runs)))
    } finally {
      this.#beating = false
    }
  }

  async #beatFor(dc: string, runs: readonly Running[]) {
    const { clock, tell } = this.options
    const askedAtMs = clock.monotonicMs()
    try {
      const verdicts = await this.options.ledgerOf(dc).beat(runs, runLeaseMs)
      runs.forEach((run, i) => {
        run.renewedAtMs = askedAtMs
        if (verdicts[i] === 'go-on') return
        run.cancelled = verdicts[i] === 'cancel'
        run.lost = verdicts[i] === 'lost'
        run.stop.abort()
      })
    } catch (error) {
      tell.ledgerFailed(error)
      // By now somebody else may have been given it.
      for (const run of runs) {
        if (clock.monotonicMs() - run.renewedAtMs < runLeaseMs) continue
        run.lost = true
        run.stop.abort()
      }
    }
  }

  async #finish(ledger: Ledger, { key, attempt, cancelled }: Running, outcome: Outcome): Promise<boolean> {
    const { clock, tell } = this.options
    const startedMs = clock.monotonicMs()
    const came: Outcome = cancelled
      ? { state: 'failed', reason: 'cancelled', detail: 'it was ended', outcome: 'cancelled' }
      : outcome
    while (clock.monotonicMs() - startedMs < finishWithinMs) {
      try {
        return await ledger.finish(key, attempt, came)
      } catch (error) {
        tell.ledgerFailed(error)
        await clock.sleep(finishAgainMs)
      }
    }
    tell.unwritten(slotName(key))
    return false
  }
}

const lost: ThreadOutcome = {
  kind: 'failed',
  reason: 'holder-lost',
  detail: 'the ledger could not be told that it still ran',
  retryable: true,
}

const gone: Taken = { state: 'gone', reason: null, detail: null }

/** What the ledger is told of an attempt. `nowMs`: by the ledger's clock. */
function outcomeOf(came: ThreadOutcome, slot: SlotRow, job: Handed['job'], nowMs: number): Outcome {
  if (came.kind === 'ok') return { state: 'ok', reason: null, detail: null, result: came.result, outcome: 'ok' }
  const { retries } = job.policy
  const detail = came.detail.slice(0, detailMax).toWellFormed()
  const found = came.result === undefined ? {} : { result: came.result }
  const failed = { reason: came.reason, detail, outcome: 'failed' as const, ...found }
  if (!came.retryable || slot.attempts.length > retries.max) return { ...failed, state: 'failed' }
  const backoffMs = Math.min(retries.backoffMs * 2 ** (slot.attempts.length - 1), backoffMaxMs)
  // A fifth of it by chance, so that what failed together does not come back together.
  return { ...failed, state: 'due', runAtMs: Math.round(nowMs + backoffMs * (1 + randomUnit() / 5)) }
}
