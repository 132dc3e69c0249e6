import { GalaError, type OpsClient } from '@gala/sdk'
import { edit, type Ledger } from './edits.js'
import { pause } from './faults.js'

/** Longer than a write can be under way: then nobody will ever say what became of it. */
const patienceMs = 12_000

/** An operator who edits one event over and over, at whichever base answers, and finds out what became of what it was not told. */
export class Writer {
  /** When each edit was acknowledged. */
  readonly acknowledgedMs: number[] = []
  refused = 0
  /** Why, and how often. */
  readonly why = new Map<string, number>()
  /** Edits nobody acknowledged that were made nevertheless. */
  unseen = 0
  version = 0
  #going = true
  #turn: number
  readonly #ended: Promise<void>

  constructor(
    readonly id: string,
    private readonly bases: readonly OpsClient[],
    private readonly ledger: Ledger,
    first: number,
    /** After each edit. */
    private readonly pauseMs = 20,
  ) {
    this.#turn = first
    this.#ended = this.#work()
  }

  async stop() {
    this.#going = false
    await this.#ended
  }

  async #work() {
    while (this.#going) {
      try {
        this.version = await Promise.race([edit(this.#base, this.ledger, this.id, this.version), late()])
        this.acknowledgedMs.push(performance.now())
      } catch (error) {
        this.refused++
        const why = error instanceof GalaError ? error.code : String(error)
        this.why.set(why, (this.why.get(why) ?? 0) + 1)
        if (!(error instanceof GalaError) || error.status === undefined) this.#turn++
        await this.#find()
      }
      await pause(this.pauseMs)
    }
  }

  /** It may have been written although nobody said so. */
  async #find() {
    const { data } = await this.#base.events.detail({ params: { id: this.id } }).catch(() => ({ data: undefined }))
    if (!data || data.version <= this.version) return
    this.unseen += data.version - this.version
    this.version = data.version
  }

  get #base(): OpsClient {
    return this.bases[this.#turn % this.bases.length] as OpsClient
  }
}

async function late(): Promise<never> {
  await pause(patienceMs)
  throw new Error('no answer')
}

/** The longest time nobody was acknowledged anything between two moments, in ms. */
export function longestGapMs(writers: readonly Writer[], fromMs: number, toMs: number): number {
  const times = writers
    .flatMap(({ acknowledgedMs }) => acknowledgedMs)
    .filter((at) => at >= fromMs && at <= toMs)
    .toSorted((a, b) => a - b)
  const all = [fromMs, ...times, toMs]
  return Math.max(...all.slice(1).map((at, i) => at - (all[i] ?? at)))
}
