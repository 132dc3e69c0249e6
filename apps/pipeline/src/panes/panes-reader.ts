import { type Bounds, type EventLog, type LoggedRun, type Topic, Trimmed } from '@gala/eventlog'
import type { Clock } from '@gala/kernel'
import { linesAfter, lineTime } from '../rows/line-time.js'
import { minuteOf } from '../shipper/minute-counts.js'
import type { Audiences } from './audiences.js'
import type { PaneSignals } from './pane-signals.js'
import type { PaneStore, Standing } from './pane-store.js'
import { Gathered } from './pane-sums.js'

export interface PanesReaderOptions {
  topic: Topic
  part: number
  dc: string
  log: EventLog
  store: PaneStore
  audiences: Audiences
  clock: Clock
  signals: PaneSignals
}

/** Some eight thousand requests: a tenth of a second of work, and one transaction. */
const bytesMax = 4 * 1024 * 1024

/**
 * Reads one part of the log into panes. Panes, places and the next offset are committed together, so a line counts once whatever ends
 * when: what comes again lies before its source's place and is cut off, and who has been replaced has another revision.
 */
export class PanesReader {
  #standing: Standing | undefined
  /** Up to where the log knows that it may forget, and in which epoch. */
  #released = ''

  constructor(private readonly options: PanesReaderOptions) {}

  /** One look at the log. @returns lines counted. @throws when log or database do not answer; then it begins again with what is kept. */
  async step(waitMs: number): Promise<number> {
    const { topic, part, log } = this.options
    try {
      const standing = this.#standing ?? (await this.#stand())
      if (!standing) return 0
      await this.#release(standing)
      const runs = await log.read(topic, part, standing.nextOffset, bytesMax, waitMs, standing.epoch)
      return runs.length > 0 ? await this.#take(standing, runs) : 0
    } catch (error) {
      if (error instanceof Trimmed && this.#standing) {
        await this.#begin(this.#standing, error)
        return 0
      }
      this.#standing = undefined
      throw error
    }
  }

  /** @returns whether there is more to be folded. */
  async fold(beforeMs: number): Promise<boolean> {
    const { topic, part, store } = this.options
    const standing = this.#standing ?? (await this.#stand())
    if (!standing) return false
    this.#standing = undefined
    const { revision, more } = await store.fold(topic, part, standing.revision, beforeMs)
    if (revision === undefined) return false
    this.#standing = { ...standing, revision }
    return more
  }

  /** Where the log begins is kept at once: whoever writes there is to see that somebody has read that far, and lacks something. */
  async #stand(): Promise<Standing | undefined> {
    const { topic, part, log, store } = this.options
    const standing = await store.standing(topic, part)
    if (standing.epoch === '') await this.#begin(standing, await log.bounds(topic, part))
    else this.#standing = standing
    return this.#standing
  }

  async #take(standing: Standing, runs: readonly LoggedRun[]): Promise<number> {
    const { topic, dc, audiences, clock, signals } = this.options
    const gathered = new Gathered(dc)
    const places = new Map<string, number>()
    const duplicates = new Map<number, number>()
    for (const run of runs) {
      const place = places.get(run.source) ?? standing.places.get(run.source) ?? 0
      // Something before it is missing: what is missing comes again, and then this comes again as well.
      if (run.from > place) {
        signals.outOfOrder()
        continue
      }
      this.#cut(run, place, duplicates)
      for (const line of linesAfter(run, place)) gathered.add(topic, line)
      if (run.to > place) places.set(run.source, run.to)
    }
    const heard = await audiences.hear([...gathered.audiences.values()])
    const nextOffset = (runs.at(-1)?.offset ?? standing.nextOffset) + 1
    const newestMs = Math.min(gathered.newestMs, clock.nowMs())
    const panes = [...gathered.panes.values()]
    const done = await this.#commit(standing, { nextOffset, places, panes, audiences: heard, duplicates, newestMs })
    if (!done) return 0
    signals.counted(topic, gathered, clock.nowMs())
    return gathered.lines
  }

  /** Lines of a run that were read before. */
  #cut(run: LoggedRun, place: number, duplicates: Map<number, number>) {
    if (run.from >= place) return
    const { topic, signals } = this.options
    let left = run.count
    for (const _ of linesAfter(run, place)) left--
    for (const line of linesAfter(run, run.from)) {
      if (left-- <= 0) break
      const minute = minuteOf(lineTime(topic, line))
      duplicates.set(minute, (duplicates.get(minute) ?? 0) + 1)
      signals.duplicate()
    }
  }

  async #begin(standing: Standing, { first, epoch }: Pick<Bounds, 'first' | 'epoch'>) {
    if (standing.epoch !== '') this.options.signals.beganAgain()
    const nothing = { places: new Map(), panes: [], audiences: [], duplicates: new Map(), newestMs: 0 }
    await this.#commit({ ...standing, epoch }, { ...nothing, nextOffset: first })
  }

  async #commit(standing: Standing, what: Omit<Parameters<PaneStore['commit']>[2], 'revision' | 'epoch'>) {
    const { topic, part, store, signals } = this.options
    // Forgotten until it is known to be true: a commit that nobody heard of may have been done.
    this.#standing = undefined
    const { epoch, revision } = standing
    const done = await store.commit(topic, part, { ...what, epoch, revision })
    if (!done) {
      signals.replaced()
      return false
    }
    this.#standing = {
      nextOffset: what.nextOffset,
      epoch,
      revision: revision + 1,
      places: new Map([...standing.places, ...what.places]),
    }
    await this.#release(this.#standing)
    return true
  }

  /**
   * What is kept where it counts, the log may forget. When it does not hear of this, or whoever kept it ended before, it is told again:
   * a log that is full of what has been read takes nothing new, and nobody would come to a next commit.
   */
  async #release({ nextOffset, epoch }: Standing) {
    const { topic, part, log, signals } = this.options
    const upTo = `${epoch} ${nextOffset}`
    if (this.#released === upTo) return
    await log.release(topic, part, nextOffset, epoch).then(() => {
      this.#released = upTo
    }, signals.logFailed)
  }
}
