interface Held<T> {
  value: T
  bytes: number
  /** Read since the hand last passed. */
  used: boolean
}

/**
 * Memory of one process, bounded in bytes. What has to go is chosen by second chance (the CLOCK of Corbató, 1968): a hand goes
 * round the entries in the order they came; one that was read since the last round is passed over, one that was not goes.
 * So a read only leaves a mark instead of moving a list about, and what is read once in a long scan goes first.
 */
export class LocalTier<T> {
  /** In the order of the hand: a Map keeps the order of insertion. */
  readonly #held = new Map<string, Held<T>>()
  readonly #pinned = new Set<string>()
  #bytes = 0

  /** One value may take an eighth of `bytesMax`; a larger one is not kept. */
  constructor(private readonly bytesMax: number) {}

  get bytes(): number {
    return this.#bytes
  }

  get entries(): number {
    return this.#held.size
  }

  bytesOf(key: string): number {
    return this.#held.get(key)?.bytes ?? 0
  }

  /** A pinned key does not have to go while there is anything else that can. */
  pin(key: string, on: boolean) {
    if (on) this.#pinned.add(key)
    else this.#pinned.delete(key)
  }

  get(key: string): T | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    held.used = true
    return held.value
  }

  /** Without the mark of a read. */
  peek(key: string): T | undefined {
    return this.#held.get(key)?.value
  }

  set(key: string, value: T, bytes: number) {
    this.delete(key)
    if (bytes > this.bytesMax / 8) return
    this.#held.set(key, { value, bytes, used: false })
    this.#bytes += bytes
    while (this.#bytes > this.bytesMax) this.#turn()
  }

  delete(key: string) {
    const held = this.#held.get(key)
    if (held === undefined) return
    this.#held.delete(key)
    this.#bytes -= held.bytes
  }

  /**
   * Iterating while entries are put back at the end goes round for ever, so a round has to end by count: in the first all
   * marks are taken, in the second something goes; pinned keys go in the third, when nothing else is there.
   */
  #turn() {
    let left = this.#held.size * 3
    for (const [key, held] of this.#held) {
      this.#held.delete(key)
      const spared = held.used || (this.#pinned.has(key) && left > this.#held.size)
      if (!spared) {
        this.#bytes -= held.bytes
        return
      }
      held.used = false
      this.#held.set(key, held)
      left--
    }
  }
}
