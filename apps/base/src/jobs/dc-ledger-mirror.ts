import { type Clock, oneAtATime, randomId } from '@gala/kernel'
import type { DcLedger } from './dc-ledger.js'
import type { SlotMirrorRepository } from './slot-mirror.repository.js'

export interface MirrorSignals {
  /** So many are to be written, the first of which changed `behindMs` ago. */
  slotsToMirror(waiting: number, behindMs: number): void
  /** Changes that had become too many to wait: what became of those slots is known only if they change again. */
  slotChangesLost(changes: number): void
  slotMirrorFailed(error: unknown): void
}

const everyMs = 1_000
const batchMax = 200
/** Of one look, so that what came together over hours without the writer is caught up with in minutes, and nobody is held up. */
const batchesMax = 5

/** Writes into the ledger of all what the own data centre's has come to, within a second or when there is a writer again. */
export class DcLedgerMirror {
  readonly #process = randomId()

  constructor(
    private readonly ledger: Pick<DcLedger, 'changed' | 'mirrored'>,
    private readonly repository: Pick<SlotMirrorRepository, 'write'>,
    private readonly signals: MirrorSignals,
  ) {}

  /** Returns the function that ends it. */
  start(clock: Pick<Clock, 'every'>): () => void {
    const mirror = oneAtATime(() => this.mirror().catch(this.signals.slotMirrorFailed))
    return clock.every(everyMs, () => void mirror())
  }

  /** Of several base processes of a data centre one does it at a time. */
  async mirror(): Promise<void> {
    for (let batch = 0; batch < batchesMax; batch++) {
      const found = await this.ledger.changed(this.#process, batchMax)
      if (!found) return
      const { changes, total, ageMs, lost } = found
      this.signals.slotsToMirror(total, ageMs)
      if (lost > 0) this.signals.slotChangesLost(lost)
      if (changes.length > 0) {
        await this.repository.write(changes.map(({ slot }) => slot))
        await this.ledger.mirrored(changes)
      }
      if (changes.length < batchMax) return
    }
  }
}
