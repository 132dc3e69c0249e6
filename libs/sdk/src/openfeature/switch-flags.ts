import type { AnswerMeta } from '../call.js'
import type { GalaClient } from '../client.js'
import { GalaError } from '../error.js'
import { runtimeTiming, type Timing } from './timing.js'

/** What flags are read through: a `createClient({ … })`, or whatever answers like one. */
export interface FlagSource {
  features: Pick<GalaClient['features'], 'read'>
}

export interface FlagOptions {
  /** How often to ask, in milliseconds, give or take a fifth; 5,000 when left out, 1,000 at least. */
  pollEveryMs?: number
  /** After how long without a current answer flags are stale, in milliseconds; 30,000 when left out. */
  staleAfterMs?: number
  /** A number in [0, 1): spreads what would otherwise be asked at once. */
  random?: () => number
  timing?: Timing
}

/** The part of `document` that says whether anybody is looking. */
export interface Page {
  readonly visibilityState: string
  addEventListener(type: 'visibilitychange', listener: () => void): void
  removeEventListener(type: 'visibilitychange', listener: () => void): void
}

export interface FlagEvents {
  ready(): void
  stale(message: string): void
  changed(keys: string[]): void
}

export interface Flags {
  readonly rungs: ReadonlyMap<string, string>
  readonly asOf: string
  /** What is held is not known to be current: the platform could only answer with an old copy, or not at all. */
  readonly stale: boolean
}

const pollLeastMs = 1_000
const jitterPart = 0.2
/** However long the platform asks to stay away: a flip has to arrive some time. */
const stayAwayMostMs = 60_000
/** Many times the switches there are; an answer with more is not the platform's. */
const flagsMax = 1_000

/**
 * Keeps the rung of every switch: loaded once by `start`, then asked for again and again, one request at a time. What was last
 * known holds while nobody answers. While nobody looks at the page nothing is asked; as soon as somebody does, at once.
 */
export class SwitchFlags {
  readonly #pollEveryMs: number
  readonly #staleAfterMs: number
  readonly #random: () => number
  readonly #timing: Timing
  #held: Omit<Flags, 'stale'> | undefined
  /** When an answer that was current came last. */
  #currentAtMs = Number.NEGATIVE_INFINITY
  /** What listeners have been told. */
  #told: 'nothing' | 'failed' | 'ready' | 'stale' = 'nothing'
  #running: AbortController | undefined
  #asking = false
  #askedAtMs = Number.NEGATIVE_INFINITY
  #cancelPoll = () => {}
  #cancelWatch = () => {}

  constructor(
    private readonly source: FlagSource,
    options: FlagOptions,
    private readonly events: FlagEvents,
    private readonly page?: Page,
  ) {
    this.#pollEveryMs = Math.max(pollLeastMs, options.pollEveryMs ?? 5_000)
    this.#staleAfterMs = options.staleAfterMs ?? 30_000
    this.#random = options.random ?? Math.random
    this.#timing = options.timing ?? runtimeTiming
  }

  /** What is known; undefined before the first answer. */
  get current(): Flags | undefined {
    return this.#held && { ...this.#held, stale: this.#timing.monotonicMs() - this.#currentAtMs >= this.#staleAfterMs }
  }

  /**
   * Loads, and goes on asking until `stop`, whether that succeeds or not.
   * @throws GalaError when nothing could be loaded: `ready` is told as soon as it could.
   */
  async start(): Promise<void> {
    this.stop()
    const running = new AbortController()
    this.#running = running
    this.page?.addEventListener('visibilitychange', this.#look)
    const failure = await this.#ask(running)
    const isOver = running !== this.#running
    if (!isOver) this.#told = this.#held ? 'ready' : 'failed'
    if (isOver || !this.#held) throw failure ?? new GalaError('NETWORK', 'stopped before the first answer')
  }

  stop() {
    this.#running?.abort()
    this.#running = undefined
    this.#asking = false
    this.#told = 'nothing'
    this.#cancelPoll()
    this.#cancelWatch()
    this.page?.removeEventListener('visibilitychange', this.#look)
  }

  /** At once, but for somebody who leafs through tabs. What is held by then is judged by the first answer. */
  readonly #look = () => {
    if (this.#isHidden) {
      this.#cancelPoll()
      this.#cancelWatch()
    } else if (!this.#asking) {
      this.#pollAfter(Math.max(0, this.#askedAtMs + pollLeastMs - this.#timing.monotonicMs()))
    }
  }

  get #isHidden() {
    return this.page?.visibilityState === 'hidden'
  }

  /** Asks once and plans the next time. Returns why it failed. */
  async #ask(running: AbortController): Promise<unknown> {
    this.#asking = true
    this.#askedAtMs = this.#timing.monotonicMs()
    let failure: unknown
    try {
      const { data, meta } = await this.source.features.read({}, { signal: running.signal, retriesMax: 0 })
      if (running === this.#running) this.#take(data, meta)
    } catch (error) {
      failure = error
    }
    if (running !== this.#running) return failure
    this.#asking = false
    const spread = 1 + jitterPart * (2 * this.#random() - 1)
    const stayAwayMs = failure instanceof GalaError ? (failure.retryAfterMs ?? 0) : 0
    this.#pollAfter(Math.max(this.#pollEveryMs * spread, Math.min(stayAwayMs, stayAwayMostMs)))
    this.#watch()
    return failure
  }

  #pollAfter(ms: number) {
    this.#cancelPoll()
    const running = this.#running
    if (running && !this.#isHidden) this.#cancelPoll = this.#timing.after(ms, () => void this.#ask(running))
  }

  /** Says so when what is held turns stale: not while nobody asks, for then nobody has failed to answer. */
  #watch() {
    this.#cancelWatch()
    if (!this.#held || this.#told === 'stale' || this.#isHidden) return
    const leftMs = this.#currentAtMs + this.#staleAfterMs - this.#timing.monotonicMs()
    this.#cancelWatch = this.#timing.after(Math.max(0, leftMs), () => {
      this.#told = 'stale'
      this.events.stale(`no current answer for ${this.#staleAfterMs / 1000} s; what was last known holds`)
    })
  }

  /** An old copy is better than nothing and than one that is older still, but proves nothing about now. */
  #take(answer: unknown, { cache }: Pick<AnswerMeta, 'cache'>) {
    const { features, asOf } = flagsIn(answer)
    const isCurrent = cache !== 'stale' && cache !== 'snapshot'
    const before = this.#held
    const isTaken = !before || isCurrent || asOf > before.asOf
    if (isTaken) this.#held = { rungs: features, asOf }
    if (isCurrent) this.#currentAtMs = this.#timing.monotonicMs()
    // The first answer is told by whoever waits for `start`, unless that has been given up.
    if (this.#told === 'failed' || (this.#told === 'stale' && isCurrent)) {
      this.#told = 'ready'
      this.events.ready()
    }
    const changed = before && isTaken ? differing(before.rungs, features) : []
    if (changed.length > 0) this.events.changed(changed)
  }
}

const differing = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key))

/** @throws GalaError when it is not what the platform answers: an answer of a proxy in between, perhaps. */
function flagsIn(answer: unknown): { features: ReadonlyMap<string, string>; asOf: string } {
  const { features, asOf } = (answer ?? {}) as { features?: unknown; asOf?: unknown }
  const entries = typeof features === 'object' && features !== null ? Object.entries(features) : []
  const readable =
    entries.length > 0 && entries.length <= flagsMax && entries.every(([, rung]) => typeof rung === 'string')
  if (!readable || typeof asOf !== 'string') throw new GalaError('NOT_GALA', 'the answer names no features')
  return { features: new Map(entries as [string, string][]), asOf }
}
