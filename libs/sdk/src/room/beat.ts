/** What to do at a beat. Without `nextMs` the link is dead. */
export interface BeatAct {
  ping: boolean
  nextMs: number | undefined
}

const leastMs = 1_000
const mostMs = 120_000
const missesMost = 2
const waryBeats = 20
/** For an answer when somebody has just come back to the page: the link may have died while nobody looked. */
const hurryMs = 3_000

/**
 * Tells a link that is dead from one that is quiet: asks once each beat, and believes in it as long as anything at all comes. After one
 * has died in silence the beats are twice as close for a while: where that happens it happens again.
 */
export class Beat {
  readonly #random: () => number
  #askedMs = mostMs
  /** Beats to go until the link is believed in again. */
  #wary = 0
  #heard = false
  #misses = 0

  constructor(random: () => number) {
    this.#random = random
  }

  begin(everyMs: number): BeatAct {
    this.#askedMs = Math.min(mostMs, Math.max(leastMs, everyMs))
    this.#heard = true
    this.#misses = 0
    return { ping: false, nextMs: this.#nextMs() }
  }

  heard(): void {
    this.#heard = true
  }

  due(): BeatAct {
    this.#misses = this.#heard ? 0 : this.#misses + 1
    if (this.#misses >= missesMost) {
      this.#wary = waryBeats
      return { ping: false, nextMs: undefined }
    }
    if (this.#heard) this.#wary = Math.max(0, this.#wary - 1)
    this.#heard = false
    return { ping: true, nextMs: this.#nextMs() }
  }

  /** An answer is wanted soon. */
  hurry(): BeatAct {
    this.#heard = false
    this.#misses = missesMost - 1
    return { ping: true, nextMs: Math.min(hurryMs, this.#askedMs) }
  }

  /** A little early, never late: the server ends what says nothing for two beats. */
  #nextMs() {
    const everyMs = this.#wary > 0 ? Math.max(leastMs, this.#askedMs / 2) : this.#askedMs
    return everyMs * (0.8 + 0.2 * this.#random())
  }
}
