import type { Clock } from '@gala/kernel'
import { type SlotKey, type SlotRow, slotName } from './ledger.js'

const runsMax = 1_000
/** After its last word from here a slot has long been mirrored, or Redis has long been back. */
const keptMs = 10 * 60_000

/** What this process runs and has run lately, to tell a Redis that comes back without it. */
export class OwnRuns {
  /** The longest unheard of first. */
  readonly #runs = new Map<string, { slot: SlotRow; atMs: number }>()

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  get slots(): SlotRow[] {
    this.#trim()
    return [...this.#runs.values()].map(({ slot }) => slot)
  }

  note(slot: SlotRow) {
    const name = slotName(slot)
    this.#runs.delete(name)
    this.#runs.set(name, { slot, atMs: this.clock.monotonicMs() })
    this.#trim()
  }

  /** It still runs. */
  touch(key: SlotKey, attempt: number) {
    const run = this.#runs.get(slotName(key))
    if (run?.slot.attempt === attempt) this.note(run.slot)
  }

  /** It was given to somebody else, who knows better. */
  forget(key: SlotKey, attempt: number) {
    const name = slotName(key)
    if (this.#runs.get(name)?.slot.attempt === attempt) this.#runs.delete(name)
  }

  #trim() {
    const sinceMs = this.clock.monotonicMs() - keptMs
    for (const [name, { atMs }] of this.#runs) {
      if (atMs >= sinceMs && this.#runs.size <= runsMax) break
      this.#runs.delete(name)
    }
  }
}
