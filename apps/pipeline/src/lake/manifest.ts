import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { type Step, syncDir } from './lake-files.js'
import type { Range } from './lake-writer.js'
import { type LakeTable, lakeTableNames } from './tables.js'
import { Turns } from './turns.js'

const place = z.int().min(0)
const minutes = z.record(z.string().regex(/^\d+$/), z.int())
const kept = z.object({
  /** Place up to which the rows of a source are in the lake. */
  done: z.record(z.string(), place),
  /** What is being written, or was when the process ended. */
  pending: z.array(
    z.object({
      table: z.enum(lakeTableNames as [LakeTable, ...LakeTable[]]),
      source: z.string(),
      from: place,
      to: place,
    }),
  ),
  /** Batches so far. */
  batch: z.int().min(0),
  /** Minutes, as Unix milliseconds of their beginning, whose panes are older than their rows, with the newest batch that had such. */
  due: z.object({ requests: minutes, beacons: minutes }),
})
type Kept = z.output<typeof kept>
const nothing: Kept = { done: {}, pending: [], batch: 0, due: { requests: {}, beacons: {} } }

export type Pending = Range & { table: LakeTable }
export type PaneTable = keyof Kept['due']

/**
 * What the batch link knows between two ends of its process, in one file that is replaced as a whole. A range stands in it as pending
 * before anything of it is written, so whoever comes afterwards writes exactly that range again, over what there is.
 */
export class Manifest {
  #kept: Kept
  readonly #turns = new Turns()

  private constructor(
    private readonly file: string,
    private readonly step: Step,
  ) {
    this.#kept = nothing
  }

  /** @throws when there is a file and it is not one of ours: without it every row would be written a second time. */
  static async open(file: string, step: Step = () => {}): Promise<Manifest> {
    await mkdir(dirname(file), { recursive: true })
    const manifest = new Manifest(file, step)
    await manifest.reload()
    return manifest
  }

  /** Takes what is on disk, for whoever was not the one that wrote it. */
  async reload(): Promise<void> {
    await this.#turns.take(async () => {
      const text = await readFile(this.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      this.#kept = text === undefined ? nothing : kept.parse(JSON.parse(text))
    })
  }

  get pending(): readonly Pending[] {
    return this.#kept.pending
  }

  get places(): Readonly<Record<string, number>> {
    return this.#kept.done
  }

  placeOf(source: string): number {
    return this.#kept.done[source] ?? 0
  }

  /** Minutes to be computed with the batch that made them so, the oldest first. */
  due(table: PaneTable): Map<number, number> {
    const due = Object.entries(this.#kept.due[table]).map(([minute, batch]) => [Number(minute), batch] as const)
    return new Map(due.sort(([a], [b]) => a - b))
  }

  async begin(pending: readonly Pending[]): Promise<void> {
    await this.#keep((kept) => ({ ...kept, pending: [...pending] }))
    this.step('manifest: begun')
  }

  /** The rows of all that was pending are in the lake, and belong to these minutes. */
  async done(touched: Readonly<Record<PaneTable, Iterable<number>>>): Promise<void> {
    await this.#keep(({ done, pending, batch, due }) => {
      const stamped = (minutes: Iterable<number>) =>
        Object.fromEntries([...minutes].map((minute) => [minute, batch + 1]))
      return {
        done: { ...done, ...Object.fromEntries(pending.map(({ source, to }) => [source, to])) },
        pending: [],
        batch: batch + 1,
        due: {
          requests: { ...due.requests, ...stamped(touched.requests) },
          beacons: { ...due.beacons, ...stamped(touched.beacons) },
        },
      }
    })
    this.step('manifest: done')
  }

  /** The panes of these minutes have been written, from rows of no later batch than they stand here with. Touched since, they stay. */
  async computed(table: PaneTable, minutes: ReadonlyMap<number, number>): Promise<void> {
    await this.#keep((kept) => {
      const left = Object.entries(kept.due[table]).filter(([minute, batch]) => minutes.get(Number(minute)) !== batch)
      return { ...kept, due: { ...kept.due, [table]: Object.fromEntries(left) } }
    })
  }

  /** Sources whose file has been gone for long: they do not come back. */
  async forget(sources: ReadonlySet<string>): Promise<void> {
    await this.#keep((kept) => {
      const done = Object.entries(kept.done).filter(([source]) => !sources.has(source))
      return { ...kept, done: Object.fromEntries(done) }
    })
  }

  /** One after the other: loader and panes change it, each without knowing of the other. */
  async #keep(change: (kept: Kept) => Kept): Promise<void> {
    await this.#turns.take(async () => {
      const next = change(this.#kept)
      await writeWhole(this.file, JSON.stringify(next))
      this.#kept = next
    })
  }
}

/** A file that is there as a whole or as it was before, also after a loss of power. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const aside = `${file}.tmp`
  const handle = await open(aside, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(aside, file)
  await syncDir(dirname(file))
}
