import type { Clock } from '@gala/kernel'
import type { Cache } from './cache.js'
import type { Lookup } from './lookup.js'

/** How a check ended: same everywhere, different but put right in time, wrong in one place, or not possible. */
export const checkOutcomes = ['same', 'healed', 'wrong-in-memory', 'wrong-in-store', 'failed'] as const
export type CheckOutcome = (typeof checkOutcomes)[number]

export interface CheckerOptions {
  clock: Clock
  /** At most one check in this time; a check costs one or two loads. 0 for none. */
  everyMs: number
  onChecked: (outcome: CheckOutcome, key: string) => void
}

/** A change may be this old before a copy that does not show it counts as wrong. */
const promiseMs = 1000

/**
 * Compares what reads are answered with against the source, for a sample of the reads: what memory and store show as current
 * has to be what the source says, and if it is not, it must have become so a second later. As at Meta ("Cache made
 * consistent", 2022) the outcome is a rate of wrong answers that can be watched; nothing is put right here.
 */
export class ConsistencyChecker {
  #nextAtMs = 0
  #busy = false
  readonly outcomes: Record<CheckOutcome, number> = {
    same: 0,
    healed: 0,
    'wrong-in-memory': 0,
    'wrong-in-store': 0,
    failed: 0,
  }

  constructor(
    private readonly cache: Cache,
    private readonly options: CheckerOptions,
  ) {}

  /** Wrong answers among 10^9 of those checked, or undefined before the first. */
  get wrongPerBillion(): number | undefined {
    const { same, healed } = this.outcomes
    const wrong = this.outcomes['wrong-in-memory'] + this.outcomes['wrong-in-store']
    const all = same + healed + wrong
    return all === 0 ? undefined : (wrong / all) * 1e9
  }

  /** Offers a read of the sample; it is checked behind the reader when it is time for a check. */
  offer(lookup: Lookup<unknown>) {
    const { everyMs, clock } = this.options
    if (everyMs === 0 || this.#busy || clock.coarseMs() < this.#nextAtMs) return
    this.#busy = true
    this.#nextAtMs = clock.coarseMs() + everyMs
    void this.check(lookup).finally(() => {
      this.#busy = false
    })
  }

  async check(lookup: Lookup<unknown>): Promise<CheckOutcome> {
    const outcome = await this.#compare(lookup).catch((): CheckOutcome => 'failed')
    this.outcomes[outcome]++
    this.options.onChecked(outcome, lookup.key)
    return outcome
  }

  async #compare(lookup: Lookup<unknown>): Promise<CheckOutcome> {
    const before = await this.#look(lookup)
    if (before.memory !== 'wrong' && before.store !== 'wrong') return 'same'
    await this.options.clock.sleep(promiseMs)
    const after = await this.#look(lookup)
    // Wrong is what was wrong then and is still shown: what has changed since is another value, with its own second.
    if (before.memory === 'wrong' && after.memory === 'wrong' && before.inMemory === after.inMemory)
      return 'wrong-in-memory'
    if (before.store === 'wrong' && after.store === 'wrong' && before.inStore === after.inStore) return 'wrong-in-store'
    return 'healed'
  }

  /** What memory and store show as current, before the source is asked: the source must be at least as new. */
  async #look(lookup: Lookup<unknown>) {
    const held = this.cache.inspect(lookup.key)
    const found = await this.cache.inspectShared(lookup)
    const { value } = await lookup.load(this.cache.needed(lookup.tags))
    const truth = JSON.stringify(value)
    const inMemory = held && held.state !== 'old' ? JSON.stringify(held.value) : undefined
    const inStore = found.state === 'current' ? JSON.stringify(found.loaded.value) : undefined
    const judge = (shown: string | undefined) => (shown === undefined ? 'none' : shown === truth ? 'right' : 'wrong')
    return { inMemory, inStore, memory: judge(inMemory), store: judge(inStore) }
  }
}
