import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { type Clock, randomId } from '@gala/kernel'
import { paceOf, TokenBucket } from '@gala/resilience'
import { LRUCache } from 'lru-cache'

/** How often the copy of one address is renewed at most. */
const renewEveryMs = 5_000
/** Files written: each costs as much as a small answer, and with many addresses each answer would write one. */
const writesPerSMax = 10
/** Addresses kept; the rest of a long tail is not what must survive the night. */
const snapshotsMax = 2_000

export interface Snapshot {
  body: Buffer
  asOfMs: number
}

/**
 * Copies of good answers on disk, one file an address: what is left when this process and everything behind it is gone.
 * The edge serves the same files when no access process answers.
 */
export class Snapshots {
  readonly #renewed = new LRUCache<string, number>({ max: snapshotsMax })
  readonly #writes = new TokenBucket(paceOf(writesPerSMax, writesPerSMax))
  readonly #root: string

  constructor(
    dir: string,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {
    this.#root = resolve(dir)
  }

  /** Keeps `body` as the copy of `path` unless that was done a moment ago, or too much is being written. Never throws: a full disk costs no answer. */
  keep(path: string, body: Buffer) {
    const nowMs = this.clock.monotonicMs()
    if (nowMs - (this.#renewed.get(path) ?? Number.NEGATIVE_INFINITY) < renewEveryMs) return
    if (!this.#writes.take(1, nowMs)) return
    this.#renewed.set(path, nowMs)
    this.#write(this.#file(path), body).catch(this.onError)
  }

  /** The same at once, however young the copy there is: for whoever wants to see it on disk. False: too much is being written, or it failed. */
  async leave(path: string, body: Buffer): Promise<boolean> {
    const nowMs = this.clock.monotonicMs()
    if (!this.#writes.take(1, nowMs)) return false
    this.#renewed.set(path, nowMs)
    try {
      await this.#write(this.#file(path), body)
      return true
    } catch (error) {
      this.onError(error)
      return false
    }
  }

  /** The copy of `path`, or undefined when there is none. */
  async find(path: string): Promise<Snapshot | undefined> {
    const file = this.#file(path)
    try {
      const [body, { mtimeMs }] = await Promise.all([readFile(file), stat(file)])
      return { body, asOfMs: Math.floor(mtimeMs) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.onError(error)
      return undefined
    }
  }

  #file(path: string): string {
    const file = join(this.#root, `${path}.json`)
    // The contract's patterns leave no way to write a dot-dot; this holds even if one of them ever does.
    if (!file.startsWith(this.#root + sep)) throw new Error('a snapshot would leave its folder')
    return file
  }

  /** Written aside and renamed, so that the edge never reads half a file. */
  async #write(file: string, body: Buffer) {
    const aside = `${file}.${randomId()}.tmp`
    try {
      await writeFile(aside, body).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        await mkdir(dirname(file), { recursive: true })
        await writeFile(aside, body)
      })
      await rename(aside, file)
    } catch (error) {
      await rm(aside, { force: true })
      throw error
    }
  }
}
