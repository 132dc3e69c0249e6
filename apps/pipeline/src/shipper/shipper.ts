import { type EventLog, LogFull, partOf, type Run, type Topic } from '@gala/eventlog'
import type { Checkpoint } from './checkpoint.js'
import type { KeptPlaces } from './kept-places.js'
import type { LineFiles, NamedTail } from './line-files.js'
import { minutesOf } from './minute-counts.js'
import type { ShipperSignals } from './shipper-signals.js'

export interface ShipperOptions {
  log: EventLog
  files: LineFiles
  checkpoint: Checkpoint
  kept: KeptPlaces
  signals: ShipperSignals
}

/** Topics somebody reads from the log. Everything else goes to the lake alone. */
export const shippedTopics: readonly Topic[] = ['requests', 'beacons']
/** Of one name in one step, so that nobody waits for who writes most. */
const bytesMax = 4 * 1024 * 1024

/** What a part of the log had at a moment, and what had been sent there by then. */
interface Mark {
  topic: Topic
  part: number
  epoch: string
  next: number
  shipped: Map<string, number>
}

/** What a step came to: lines were sent, there were none, or the log did not take them. */
export type Step = 'sent' | 'idle' | 'blocked'

/**
 * Sends lines from files to the event log, and counts each of them once by the minute it is of. What it keeps is saved after the log's
 * acknowledgement and never before: after its end it sends again what may not have arrived, and readers cut that off by its place.
 * What the log does not take stays in its files.
 */
export class Shipper {
  /** By topic and part. */
  readonly #marks = new Map<string, Mark>()

  constructor(private readonly options: ShipperOptions) {}

  async step(): Promise<Step> {
    const { files, checkpoint, signals } = this.options
    let came: Step = 'idle'
    let away = false
    for (const named of await files.tails()) {
      if (!shippedTopics.includes(named.topic)) continue
      const step = away
        ? 'blocked'
        : await this.#ship(named).catch((error: unknown) => {
            signals.logFailed(error)
            away = true
            return 'blocked' as const
          })
      // Lines are counted as read although they wait: whoever looks sees what is missing.
      if (step === 'blocked') await this.#countWaiting(named)
      if (step === 'blocked' || came === 'idle') came = step
    }
    await checkpoint.save()
    signals.blocked(came === 'blocked')
    return came
  }

  /**
   * Looks how far readers have come. Whoever has read what the log had at a moment, and lacks something that was sent there before, will
   * not get it any more: the log has lost it, or had lost what comes before it. It is sent again from where its reader is.
   */
  async look(): Promise<void> {
    const { log, checkpoint, kept, signals } = this.options
    for (const { topic, part, shipped } of this.#unread()) {
      // Before the places: what stands in the log now is what they are held against, now or when the reader has come that far.
      const { next, epoch } = await log.bounds(topic, part)
      const mark = this.#marks.get(`${topic}:${part}`)
      if (mark?.epoch !== epoch) this.#marks.set(`${topic}:${part}`, { topic, part, shipped, next, epoch })
    }
    if (this.#marks.size === 0) return
    await kept.refresh()
    for (const [key, { topic, part, shipped, next, epoch }] of this.#marks) {
      const reader = kept.readerOf(topic, part)
      if (reader?.epoch !== epoch || reader.nextOffset < next) continue
      this.#marks.delete(key)
      for (const [source, to] of shipped) {
        const place = kept.placeOf(source)
        if (place >= to || checkpoint.of(source)?.given !== false) continue
        checkpoint.set(source, topic, { shipped: place })
        signals.sentAgain()
      }
    }
    await checkpoint.save()
  }

  /** Parts with something nobody is known to have read, and up to where each of their sources was sent. */
  #unread(): Iterable<Pick<Mark, 'topic' | 'part' | 'shipped'>> {
    const { log, checkpoint, kept } = this.options
    const parts = new Map<string, Pick<Mark, 'topic' | 'part' | 'shipped'>>()
    for (const [source, { topic, shipped, given }] of checkpoint.sources) {
      if (given || kept.placeOf(source) >= shipped) continue
      const part = partOf(source, log.parts)
      const of = parts.get(`${topic}:${part}`) ?? { topic, part, shipped: new Map() }
      parts.set(`${topic}:${part}`, of)
      of.shipped.set(source, shipped)
    }
    return parts.values()
  }

  async #ship({ topic, tail }: NamedTail): Promise<Step> {
    const { log, checkpoint, signals } = this.options
    const runs = await tail.next(this.#places('shipped'), bytesMax)
    for (const run of runs) {
      this.#countRead(topic, run)
      try {
        await log.append(topic, run)
      } catch (error) {
        if (!(error instanceof LogFull)) throw error
        return 'blocked'
      }
      const furthest = checkpoint.of(run.source)?.furthest ?? 0
      const found = minutesOf(topic, run, furthest)
      checkpoint.count(topic, 'shipped', found)
      checkpoint.set(run.source, topic, { shipped: run.to, furthest: Math.max(furthest, run.to) })
      signals.lines(topic, 'shipped', found)
    }
    return runs.length > 0 ? 'sent' : 'idle'
  }

  async #countWaiting({ topic, tail }: NamedTail) {
    for (const run of await tail.next(this.#places('counted'), bytesMax)) this.#countRead(topic, run)
  }

  #countRead(topic: Topic, run: Run) {
    const { checkpoint, signals } = this.options
    const counted = checkpoint.of(run.source)?.counted ?? 0
    if (run.to <= counted) return
    const found = minutesOf(topic, run, counted)
    checkpoint.count(topic, 'read', found)
    checkpoint.set(run.source, topic, { counted: run.to })
    signals.lines(topic, 'read', found)
  }

  /** What has been given up is not read any more. */
  #places(which: 'counted' | 'shipped'): Map<string, number> {
    const { sources } = this.options.checkpoint
    return new Map(
      [...sources].map(([source, state]) => [source, state.given ? Number.MAX_SAFE_INTEGER : state[which]]),
    )
  }
}
