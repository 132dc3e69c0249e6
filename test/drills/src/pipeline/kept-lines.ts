import { createReadStream } from 'node:fs'
import { link, mkdir, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Topic } from './books.js'

/** Where lines of a topic come to lie, and in which files. */
interface Place {
  dc: string
  topic: Topic
  dir: string
  name: RegExp
}

export interface LineCount {
  /** Told of a moment before the one asked for. */
  lines: number
  /** Of them, those of the drill's own events, told of at the edge. */
  own: number
  /** Without a moment anybody can read. */
  untimed: number
}

const lookEveryMs = 100
const momentOf = { requests: /"msec":(\d+\.\d{3})/, beacons: /"at":(\d{13})/ } as const

/**
 * A second name for every file of lines, from its first moment on: what the pipeline has carried on and deleted can still be counted, by
 * somebody who has nothing of the pipeline.
 */
export class KeptLines {
  readonly #known = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #failed: unknown

  private constructor(
    private readonly dir: string,
    private readonly places: readonly Place[],
    private readonly ownPath: string,
  ) {}

  /** @param stateDir of a platform that runs; @param ownPath beginning of the paths only the drill asks for. */
  static async of(stateDir: string, dcs: readonly string[], ownPath: string): Promise<KeptLines> {
    const places = dcs.flatMap((dc): Place[] => [
      { dc, topic: 'requests', dir: join(stateDir, dc, 'edge'), name: /^access(\.\d+)?\.log$/ },
      { dc, topic: 'beacons', dir: join(stateDir, dc, 'spool'), name: /^beacons\..+\.log$/ },
    ])
    const kept = new KeptLines(join(stateDir, 'kept'), places, `"uri":"${ownPath}`)
    for (const place of places) await mkdir(kept.#folder(place), { recursive: true })
    await kept.#look()
    kept.#timer = setInterval(() => void kept.#lookAgain(), lookEveryMs)
    return kept
  }

  /** Files there have been so far. */
  get files(): number {
    return this.#known.size
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** By data centre and topic: what was written of moments before this one. @throws when a look failed: then something may be missing. */
  async count(beforeMs: number): Promise<Map<string, LineCount>> {
    await this.#lookAgain()
    if (this.#failed) throw this.#failed
    const counts = new Map<string, LineCount>()
    for (const place of this.places) {
      const count = { lines: 0, own: 0, untimed: 0 }
      for (const file of await readdir(this.#folder(place))) {
        await this.#countFile(join(this.#folder(place), file), place.topic, beforeMs, count)
      }
      counts.set(`${place.dc} ${place.topic}`, count)
    }
    return counts
  }

  async #countFile(file: string, topic: Topic, beforeMs: number, count: LineCount) {
    const perUnit = topic === 'requests' ? 1_000 : 1
    for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1 << 20 }) })) {
      const moment = momentOf[topic].exec(line)?.[1]
      if (moment === undefined) count.untimed++
      else if (Math.round(Number(moment) * perUnit) < beforeMs) {
        count.lines++
        if (line.includes(this.ownPath)) count.own++
      }
    }
  }

  /** One look after the other. */
  #lookAgain(): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => {
        this.#failed ??= error
      })
    return this.#looking
  }

  async #look() {
    for (const place of this.places) {
      const files = await unlessMissing(() => readdir(place.dir), [])
      for (const file of files) if (place.name.test(file)) await this.#keep(join(place.dir, file), place)
    }
  }

  /** A name may stand for another file from one moment to the next; the number of a file that is kept is given to no other. */
  async #keep(path: string, place: Place) {
    const numberOf = async (of: string) => `${place.dc} ${(await stat(of)).ino}`
    if (this.#known.has(await unlessMissing(() => numberOf(path), ''))) return
    const aside = join(this.dir, 'aside')
    if (!(await unlessMissing(() => link(path, aside).then(() => true), false))) return
    const number = await numberOf(aside)
    if (this.#known.has(number)) return await unlink(aside)
    await rename(aside, join(this.#folder(place), `${number.split(' ')[1]}.log`))
    this.#known.add(number)
  }

  #folder({ dc, topic }: Place) {
    return join(this.dir, dc, topic)
  }
}

async function unlessMissing<T>(ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise
    throw error
  }
}
