import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Topic, topics } from '@gala/eventlog'
import { z } from 'zod'
import { addTo, type Counted, type MinuteCount, type Minutes, minutesSchema } from './minute-counts.js'

const place = z.int().min(0)
const sourceSchema = z.object({
  topic: z.enum(topics),
  /** Place up to which its lines have been counted as read. */
  counted: place,
  /** Place up to which its lines are in the log; it goes back when the log loses them. */
  shipped: place,
  /** The furthest `shipped` has been: lines before it have been counted as shipped. */
  furthest: place,
  /** Everything there is to count of it has been counted; its file is to go. */
  given: z.boolean(),
})
export type SourceState = z.output<typeof sourceSchema>

const keptSchema = z.object({
  sources: z.record(z.string(), sourceSchema),
  minutes: z.partialRecord(z.enum(topics), minutesSchema),
})

/**
 * How far each file has been read and sent, and what was counted on the way, in one file: a count is of exactly the lines before the
 * places it is kept with. Changes count once they are saved; until then they can be lost, all of them together.
 */
export class Checkpoint {
  #changed = false

  private constructor(
    private readonly file: string,
    private kept: z.output<typeof keptSchema>,
    private readonly write: (text: string) => Promise<void>,
  ) {}

  /** @throws when there is a file and it is not one of ours: without it all there is would be counted a second time. */
  static async open(file: string, write = (text: string) => writeWhole(file, text)): Promise<Checkpoint> {
    await mkdir(dirname(file), { recursive: true })
    return new Checkpoint(file, await readKept(file), write)
  }

  /** Takes what another process has saved since. */
  async reload(): Promise<void> {
    this.kept = await readKept(this.file)
    this.#changed = false
  }

  get sources(): ReadonlyMap<string, Readonly<SourceState>> {
    return new Map(Object.entries(this.kept.sources))
  }

  of(source: string): Readonly<SourceState> | undefined {
    return this.kept.sources[source]
  }

  set(source: string, topic: Topic, change: Partial<Omit<SourceState, 'topic'>>): void {
    const known = this.kept.sources[source] ?? { topic, counted: 0, shipped: 0, furthest: 0, given: false }
    this.kept.sources[source] = { ...known, ...change }
    this.#changed = true
  }

  forget(source: string): void {
    delete this.kept.sources[source]
    this.#changed = true
  }

  count(topic: Topic, what: Counted, found: ReadonlyMap<number, number>): void {
    const minutes: Minutes = this.kept.minutes[topic] ?? {}
    this.kept.minutes[topic] = minutes
    addTo(minutes, what, found)
    this.#changed = true
  }

  /** Counts of the minutes that begin within a time; those of lines without a time begin at 0. */
  counts(topic: Topic, fromMs: number, toMs: number): Map<number, MinuteCount> {
    const all = Object.entries(this.kept.minutes[topic] ?? {}).map(
      ([minute, count]) => [Number(minute), count] as const,
    )
    return new Map(all.filter(([minute]) => minute >= fromMs && minute < toMs))
  }

  /** Resolves when what was changed outlives the process and the machine. */
  async save(): Promise<void> {
    if (!this.#changed) return
    this.#changed = false
    try {
      await this.write(JSON.stringify(this.kept))
    } catch (error) {
      this.#changed = true
      throw error
    }
  }
}

async function readKept(file: string): Promise<z.output<typeof keptSchema>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return keptSchema.parse(text === undefined ? { sources: {}, minutes: {} } : JSON.parse(text))
}

async function writeWhole(file: string, text: string) {
  const aside = `${file}.tmp`
  const handle = await open(aside, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(aside, file)
  const dir = await open(dirname(file), 'r')
  try {
    await dir.sync()
  } finally {
    await dir.close()
  }
}
