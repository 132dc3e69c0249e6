import { mkdir, open, readdir, readlink, rename, rm, stat, symlink, utimes } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Hour, LakeTable } from './tables.js'

const versionsDir = '.versions'
const goneDir = '.gone'
const day = /^dt=(\d{4}-\d{2}-\d{2})$/
/** Rows whose time nobody can say are kept here, so that they stay counted. */
const withoutTime = '1970-01-01'
const hourName = /^hour=(\d{2})$/

/** Named before each step that leaves something behind; a test ends the work at each of them. */
export type Step = (name: string) => void

/**
 * Where the lake's files are. `TABLE/dt=…/hour=…` is what Hive, Spark and people look at: a link to the folder with that hour's
 * files. What is to replace many files at once is made ready in a folder of its own, and one rename moves the link: whoever
 * lists the hour finds all of the old files or all of the new, and no row twice or not at all. The old folder stays as long as
 * somebody may still be reading it.
 */
export class LakeFiles {
  constructor(
    readonly root: string,
    private readonly step: Step = () => {},
  ) {}

  /** The folder an hour's files are in now; made when there is none. Only the one who writes asks for it. */
  async dirFor(table: LakeTable, hour: Hour): Promise<string> {
    const there = await this.#dirOf(table, hour)
    if (there) return there
    const next = await this.nextVersion(table, hour)
    await this.#pointTo(table, hour, next)
    return next
  }

  /** An empty folder for what is to replace an hour's files. One that was begun and never pointed to is not used again. */
  async nextVersion(table: LakeTable, hour: Hour): Promise<string> {
    const dir = this.#versions(table, hour)
    await mkdir(dir, { recursive: true })
    const numbers = (await readdir(dir)).map((name) => Number(name.slice(1))).filter(Number.isInteger)
    const next = join(dir, `v${Math.max(0, ...numbers) + 1}`)
    await mkdir(next)
    return next
  }

  /** From now on an hour's files are those in `next`, whose content must be on disk. */
  async replace(table: LakeTable, hour: Hour, next: string, nowMs: number): Promise<void> {
    const old = await this.#dirOf(table, hour)
    await syncDir(next)
    await syncDir(dirname(next))
    // Before the link moves: how long it has been out of use is counted from here even if this process ends at the next step.
    if (old) await utimes(old, nowMs / 1000, nowMs / 1000)
    this.step('replace: link')
    await this.#pointTo(table, hour, next)
    this.step('replace: done')
  }

  /** Files of a table as they are at this moment: a list that stays readable for as long as `sweep` leaves old folders. */
  async list(table: LakeTable, wanted: (hour: Hour) => boolean = () => true): Promise<string[]> {
    const files: string[] = []
    for (const hour of await this.hours(table)) {
      if (wanted(hour)) files.push(...(await this.listHour(table, hour)))
    }
    return files
  }

  async listHour(table: LakeTable, hour: Hour): Promise<string[]> {
    const dir = await this.#dirOf(table, hour)
    return dir ? await parquetIn(dir) : []
  }

  async hours(table: LakeTable): Promise<Hour[]> {
    const hours: Hour[] = []
    for (const dt of await this.#days(table)) {
      const names = await namesIn(join(this.root, table, `dt=${dt}`))
      for (const name of names) {
        const hour = hourName.exec(name)?.[1]
        if (hour) hours.push({ dt, hour })
      }
    }
    return hours
  }

  /** Takes whole days away that lie before `dt`: at once for whoever lists them, from disk with `sweep`. */
  async dropBefore(table: LakeTable, dt: string, nowMs: number): Promise<string[]> {
    const old = (await this.#days(table)).filter((of) => of < dt && of !== withoutTime)
    for (const of of old) {
      for (const hour of (await this.hours(table)).filter((hour) => hour.dt === of)) {
        const dir = await this.#dirOf(table, hour)
        if (dir) await utimes(dir, nowMs / 1000, nowMs / 1000).catch((error) => unlessAbsent(error, undefined))
      }
      await mkdir(join(this.root, goneDir), { recursive: true })
      const gone = join(this.root, goneDir, `${table}.${of}`)
      await rm(gone, { recursive: true, force: true })
      await rename(join(this.root, table, `dt=${of}`), gone)
      this.step('drop: hidden')
    }
    return old
  }

  /** Deletes folders nothing points to, `graceMs` after they went out of use. @returns how many. */
  async sweep(table: LakeTable, nowMs: number, graceMs: number): Promise<number> {
    let swept = 0
    const byTable = join(this.root, versionsDir, table)
    for (const dt of await namesIn(byTable)) {
      for (const hour of await namesIn(join(byTable, dt))) {
        const link = join(this.root, table, dt, hour)
        const live = await readlink(link).then(basename, () => undefined)
        for (const version of await namesIn(join(byTable, dt, hour))) {
          const dir = join(byTable, dt, hour, version)
          if (version === live || nowMs - (await stat(dir)).mtimeMs < graceMs) continue
          await rm(dir, { recursive: true })
          swept++
        }
        if (live === undefined) await removeEmpty(join(byTable, dt, hour))
      }
      await removeEmpty(join(byTable, dt))
    }
    for (const name of await namesIn(join(this.root, goneDir))) {
      if (name.startsWith(`${table}.`)) await rm(join(this.root, goneDir, name), { recursive: true })
    }
    return swept
  }

  async #days(table: LakeTable): Promise<string[]> {
    return (await namesIn(join(this.root, table))).flatMap((name) => day.exec(name)?.[1] ?? [])
  }

  #versions = (table: LakeTable, { dt, hour }: Hour) => join(this.root, versionsDir, table, `dt=${dt}`, `hour=${hour}`)
  #link = (table: LakeTable, { dt, hour }: Hour) => join(this.root, table, `dt=${dt}`, `hour=${hour}`)

  async #dirOf(table: LakeTable, hour: Hour): Promise<string | undefined> {
    try {
      return join(this.#versions(table, hour), basename(await readlink(this.#link(table, hour))))
    } catch (error) {
      return unlessAbsent(error, undefined)
    }
  }

  async #pointTo(table: LakeTable, hour: Hour, version: string): Promise<void> {
    const link = this.#link(table, hour)
    await mkdir(dirname(link), { recursive: true })
    const aside = join(this.#versions(table, hour), '..', `.link-${hour.hour}`)
    await rm(aside, { force: true })
    await symlink(relative(dirname(link), version), aside)
    this.step('point: rename')
    await rename(aside, link)
    await syncDir(dirname(link))
  }
}

/** Readers see a file from this moment, whole. */
export async function appear(aside: string, file: string): Promise<void> {
  const handle = await open(aside, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(aside, file)
  await syncDir(dirname(file))
}

/** What a folder holds survives a loss of power from here on. */
export async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export const parquetIn = async (dir: string): Promise<string[]> =>
  (await namesIn(dir))
    .filter((name) => name.endsWith('.parquet') && !name.startsWith('.'))
    .map((name) => join(dir, name))

/** In their order; none of a folder that is not there. Names that begin with a dot are ours alone. */
async function namesIn(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).filter((name) => !name.startsWith('.')).sort()
  } catch (error) {
    return unlessAbsent(error, [])
  }
}

async function removeEmpty(dir: string): Promise<void> {
  const left = await readdir(dir).catch((error) => unlessAbsent(error, ['']))
  if (left.length === 0) await rm(dir, { recursive: true })
}

function unlessAbsent<T>(error: unknown, otherwise: T): T {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise
  throw error
}
