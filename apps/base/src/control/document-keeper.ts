import { pushLengthMax } from '@gala/bus'
import { type Control, controlKey } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { type DcStore, keepIn } from './dc-stores.js'

/** A Redis that lost the document has it back within this, once it answers. */
const lookEveryMs = 1_000
/** When Redis did not take the document. */
const againMs = 100

/**
 * Sees to it that one data centre has the newest document: in its Redis, and as a message when it is new there. Each keeper
 * goes its own pace, so that a Redis that hangs holds up nobody else.
 */
export class DocumentKeeper {
  #document: Control | undefined
  #wake = new AbortController()

  constructor(
    private readonly store: DcStore,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {}

  offer(document: Control) {
    const isNew = document.position !== this.#document?.position
    this.#document = document
    if (isNew) this.#wake.abort()
  }

  async run(stopped: AbortSignal) {
    stopped.addEventListener('abort', () => this.#wake.abort())
    while (!stopped.aborted) {
      this.#wake = new AbortController()
      const { signal } = this.#wake
      const kept = await this.#keep().catch(this.onError)
      await this.clock.sleep(kept ? lookEveryMs : againMs, signal)
    }
  }

  /** Resolves to true when there is nothing left to do. */
  async #keep(): Promise<boolean> {
    const { store } = this
    if (!this.#document) return true
    const raw = JSON.stringify(this.#document)
    const document = { key: controlKey, field: 'position', version: this.#document.position, raw } as const
    const kept = await keepIn(store, this.keyPrefix, document)
    // What is too long for a message is found by its readers within a second.
    if (kept === 'kept' && raw.length <= pushLengthMax) await store.bus.push({ key: controlKey, raw })
    return true
  }
}
