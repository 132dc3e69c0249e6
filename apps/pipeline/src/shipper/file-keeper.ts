import { unlink } from 'node:fs/promises'
import type { TailedFile } from '@gala/eventlog'
import type { Clock } from '@gala/kernel'
import { lineTime } from '../rows/line-time.js'
import type { Checkpoint } from './checkpoint.js'
import type { KeptPlaces } from './kept-places.js'
import type { LineFiles, NamedTail } from './line-files.js'
import { minuteOf, minutesOf } from './minute-counts.js'
import { shippedTopics } from './shipper.js'
import type { ShipperSignals } from './shipper-signals.js'

/** The other link, which reads the same files by itself. */
export interface OtherLink {
  /** Place up to which it has a source; undefined: there is no other link, and nobody waits for it. */
  placeOf(source: string): Promise<number | undefined>
}

export interface FileKeeperOptions {
  files: LineFiles
  checkpoint: Checkpoint
  kept: KeptPlaces
  other: OtherLink
  clock: Clock
  /** Of all files together; then the oldest full one goes, with what it holds. */
  bytesMax: number
  signals: ShipperSignals
}

/** A file that is being renamed while the folder is read may be missing for a moment. */
const missingMs = 60_000

/**
 * Deletes full files once both links have carried them on, and the oldest before that when there is no room left: then every line that
 * was not sent is counted as lost. What is counted is saved before the file goes, so it is counted once.
 */
export class FileKeeper {
  readonly #missing = new Map<string, number>()
  #truncated = 0

  constructor(private readonly options: FileKeeperOptions) {}

  async step(): Promise<void> {
    const tails = await this.options.files.tails()
    for (const named of tails) await this.#deleteDone(named)
    await this.#makeRoom(tails)
    await this.#forgetMissing(tails)
  }

  async #deleteDone(named: NamedTail) {
    const { checkpoint, signals } = this.options
    const places = await this.#donePlaces(named)
    for (const { path, source, end, torn } of await named.tail.finished(places)) {
      if (torn && !(source !== undefined && checkpoint.of(source)?.given)) await this.#countTorn(named, source, end)
      if (source !== undefined && (await this.#isCopy(named, path, source))) {
        await unlink(path)
        continue
      }
      if (source !== undefined) checkpoint.set(source, named.topic, { given: true })
      await checkpoint.save()
      await unlink(path)
      signals.deleted('done')
    }
  }

  /** Place of each source up to which nobody needs it any more. */
  async #donePlaces({ topic, tail }: NamedTail): Promise<Map<string, number>> {
    const { checkpoint, kept, other } = this.options
    const places = new Map<string, number>()
    for (const { source } of await tail.look()) {
      if (source === undefined) continue
      const state = checkpoint.of(source)
      // Whoever ended before the checkpoint was saved has to count first what has long arrived.
      const own = Math.min(kept.placeOf(source), state?.counted ?? 0, state?.furthest ?? 0)
      const here = shippedTopics.includes(topic) ? own : undefined
      const needed = [here, await other.placeOf(source)].filter((place) => place !== undefined)
      // What no link reads stays where it is until there is no room.
      const done = needed.length === 0 ? 0 : Math.min(...needed)
      places.set(source, state?.given ? Number.MAX_SAFE_INTEGER : done)
    }
    return places
  }

  async #isCopy({ tail }: NamedTail, path: string, source: string): Promise<boolean> {
    return (await tail.look()).some((file) => file.source === source && file.path !== path)
  }

  async #countTorn({ topic, tail }: NamedTail, source: string | undefined, end: number) {
    const { checkpoint, signals } = this.options
    const half = source === undefined ? undefined : await tail.half(source, end)
    const found = new Map([[half ? minuteOf(lineTime(topic, half)) : 0, 1]])
    checkpoint.count(topic, 'torn', found)
    signals.lines(topic, 'torn', found)
  }

  async #makeRoom(tails: readonly NamedTail[]) {
    const { bytesMax, checkpoint, signals } = this.options
    const all: { named: NamedTail; file: TailedFile }[] = []
    for (const named of tails) for (const file of await named.tail.look()) all.push({ named, file })
    let bytes = all.reduce((sum, { file }) => sum + file.bytes, 0)
    all.sort((a, b) => a.file.changedMs - b.file.changedMs)
    for (const { named, file } of all) {
      if (bytes <= bytesMax) break
      if (file.current) continue
      if (file.source !== undefined && !(await this.#isCopy(named, file.path, file.source))) {
        await this.#giveUp(named, file.source)
        await checkpoint.save()
      }
      await unlink(file.path)
      signals.deleted('room')
      bytes -= file.bytes
    }
    signals.fileBytes(bytes)
  }

  async #giveUp({ topic, tail }: NamedTail, source: string) {
    const { checkpoint, signals } = this.options
    if (checkpoint.of(source)?.given) return
    const first = checkpoint.of(source)
    let [counted, shipped] = [first?.counted ?? 0, first?.furthest ?? 0]
    for (let place = Math.min(counted, shipped); ; ) {
      const [run] = await tail.rest(source, place, 1)
      if (!run) break
      const [read, lost] = [minutesOf(topic, run, counted), minutesOf(topic, run, shipped)]
      checkpoint.count(topic, 'read', read)
      checkpoint.count(topic, 'lost', lost)
      signals.lines(topic, 'read', read)
      signals.lines(topic, 'lost', lost)
      place = run.to
      counted = Math.max(counted, place)
      shipped = Math.max(shipped, place)
    }
    checkpoint.set(source, topic, { counted, given: true })
  }

  /** What is known of files that are not there any more is of no use to anybody. */
  async #forgetMissing(tails: readonly NamedTail[]) {
    const { checkpoint, clock, signals } = this.options
    const there = new Set<string>()
    let truncated = 0
    for (const { tail } of tails) {
      truncated += tail.truncated
      for (const { source } of await tail.look()) if (source !== undefined) there.add(source)
    }
    signals.vanished(Math.max(0, truncated - this.#truncated))
    this.#truncated = truncated
    for (const [source, state] of checkpoint.sources) {
      if (there.has(source)) {
        this.#missing.delete(source)
        continue
      }
      const sinceMs = this.#missing.get(source) ?? clock.monotonicMs()
      this.#missing.set(source, sinceMs)
      if (clock.monotonicMs() - sinceMs < missingMs) continue
      if (!state.given) signals.vanished(1)
      checkpoint.forget(source)
      this.#missing.delete(source)
    }
    await checkpoint.save()
  }
}
