import type { Topic } from '@gala/eventlog'

interface Mark {
  atMs: number
  places: ReadonlyMap<string, number>
}

/** Until when everything that stood in files is in panes, by topic: what is older than that is all counted. */
export class CaughtUp {
  readonly #untilMs = new Map<Topic, number>()
  readonly #marks = new Map<Topic, Mark>()

  /** Milliseconds; undefined before anything is known. */
  untilMs(topic: Topic): number | undefined {
    return this.#untilMs.get(topic)
  }

  /**
   * Once in a while. `sent`: up to where each source of the topic has been sent; undefined while more stands in files than has been.
   * One such moment is held until readers have come there: with lines coming all the time there is always one more to wait for.
   */
  look(
    topic: Topic,
    nowMs: number,
    sent: ReadonlyMap<string, number> | undefined,
    placeOf: (source: string) => number,
  ) {
    const mark = this.#marks.get(topic) ?? (sent && { atMs: nowMs, places: sent })
    if (!mark) return
    this.#marks.set(topic, mark)
    if (![...mark.places].every(([source, to]) => placeOf(source) >= to)) return
    this.#untilMs.set(topic, mark.atMs)
    this.#marks.delete(topic)
  }
}
