import { jobPolicySchema, type SlotState } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { Definition, Ledger } from './ledger.js'
import { MemoryLedger, type MemoryLedgerStore } from './memory-ledger.js'
import type { Handed } from './queue.js'
import { runLeaseMs } from './runner.js'
import { Scheduler, stepEveryMs } from './scheduler.js'

/** A job that comes again every ten seconds, unless said otherwise. */
export function definition(more: Partial<Omit<Definition, 'policy'>> & { policy?: object } = {}): Definition {
  const { policy, ...rest } = more
  return {
    id: 'job',
    event: null,
    step: null,
    schedule: { kind: 'interval', everyMs: 10_000 },
    handler: 'mark',
    params: {},
    policy: jobPolicySchema.parse(policy ?? {}),
    paused: false,
    removed: false,
    held: false,
    approved: true,
    onFailure: 'go-on',
    plannedUntilMs: null,
    updatedAtMs: 0,
    ...rest,
  }
}

export interface SimulatedOptions {
  clock: Clock
  store: MemoryLedgerStore
  name: string
  jobs: () => readonly Definition[]
  /** How long a run takes; `fails` for it to fail. */
  takesMs: (handed: Handed) => number
  fails?: (handed: Handed) => boolean
  onDispatch?: (process: string, handed: Handed) => void
  /** Does what a run is for, at its end. */
  onEffect?: (handed: Handed) => void
  /** Its own way to the store, which may be cut. */
  ledger?: Ledger
}

/**
 * One base process as far as jobs go: a scheduler, and runs that take a while. `paused`: it does nothing, and its time goes on, as
 * of a process that was stopped; what it was about to do it does afterwards. `dead`: it does nothing ever again.
 */
export class SimulatedProcess {
  readonly scheduler: Scheduler
  readonly #ledger: Ledger
  readonly #clock: Clock
  paused = false
  dead = false
  #parked: (() => void)[] = []

  constructor(private readonly options: SimulatedOptions) {
    const { store, name, jobs } = options
    const clock = stoppable(options.clock, (run) => this.#do(run))
    this.#clock = clock
    this.#ledger = options.ledger ?? new MemoryLedger(store)
    this.scheduler = new Scheduler({
      ledger: this.#ledger,
      clock,
      holder: name,
      dc: store.scope === 'global' ? '' : store.scope,
      definitions: async () => jobs(),
      dispatch: (handed) => {
        options.onDispatch?.(name, handed)
        void this.#run(handed)
      },
      tell: {
        led: () => {},
        lost: () => {},
        failed: (_, error) => this.#failed(error),
        clock: () => {},
        missed: () => {},
      },
    })
    clock.every(stepEveryMs, () => void this.scheduler.step())
  }

  /** Errors other than of a store that was taken away. */
  readonly errors: unknown[] = []

  goOn() {
    this.paused = false
    const parked = this.#parked
    this.#parked = []
    for (const run of parked) run()
  }

  #do(run: () => void) {
    if (this.dead) return
    if (this.paused) this.#parked.push(run)
    else run()
  }

  #failed(error: unknown) {
    if (!(error instanceof Unreachable)) this.errors.push(error)
  }

  async #run(handed: Handed) {
    const { name, takesMs, fails, onEffect } = this.options
    const clock = this.#clock
    const { key, attempt, job } = handed
    const slot = await this.#ledger.begin(key, attempt, name, runLeaseMs).catch(() => undefined)
    if (!slot) return
    let cancelled = false
    const beat = async () => {
      const [verdict] = await this.#ledger
        .beat([{ key, attempt, progress: null }], runLeaseMs)
        .catch(() => ['go-on' as const])
      cancelled ||= verdict === 'cancel'
    }
    const stopBeating = clock.every(800, () => void beat())
    const untilMs = clock.nowMs() + takesMs(handed)
    while (clock.nowMs() < untilMs && !cancelled) await clock.sleep(Math.min(100, untilMs - clock.nowMs()))
    stopBeating()
    const failed = fails?.(handed) === true
    if (!cancelled && !failed) onEffect?.(handed)
    const again = failed && slot.attempts.length <= job.policy.retries.max
    void this.#ledger
      .finish(key, attempt, {
        state: again ? 'due' : cancelled || failed ? 'failed' : 'ok',
        reason: cancelled ? 'cancelled' : failed ? 'error' : null,
        detail: failed ? 'it failed' : null,
        outcome: cancelled ? 'cancelled' : failed ? 'failed' : 'ok',
        ...(again && { runAtMs: clock.nowMs() + job.policy.retries.backoffMs }),
      })
      .catch(() => {})
  }
}

/** A clock whose timers stand still with their process; what is asked of the time goes on. */
const stoppable = (clock: Clock, gate: (run: () => void) => void): Clock => ({
  nowMs: () => clock.nowMs(),
  monotonicMs: () => clock.monotonicMs(),
  coarseMs: () => clock.coarseMs(),
  sleep: (ms) => new Promise((resolve) => void clock.after(ms, () => gate(resolve))),
  after: (ms, run) => clock.after(ms, () => gate(run)),
  every: (ms, tick) => clock.every(ms, () => gate(tick)),
})

/** The way to the store is cut. */
export class Unreachable extends Error {}

/** By scheduled time in seconds after `fromMs`, what became of each slot: its state, or why it was skipped. */
export function told(store: MemoryLedgerStore, fromMs: number, job = 'job'): Record<string, string> {
  const slots = [...store.slots.values()].filter((slot) => slot.job === job).toSorted((a, b) => a.atMs - b.atMs)
  return Object.fromEntries(
    slots.map(({ atMs, state, reason }) => [String((atMs - fromMs) / 1_000), word(state, reason)]),
  )
}

const word = (state: SlotState, reason: string | null) => (reason ? `${state}: ${reason}` : state)
