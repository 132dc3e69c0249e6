import { type FileHandle, mkdir, open, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@gala/kernel'
import type { Topic } from './event-log.js'

export interface SpoolOptions {
  dir: string
  topic: Topic
  /** Name of the process: it alone writes these files. */
  writer: string
  clock: Clock
  /** Why lines could not be written. They are kept and written later, as far as there is room. */
  onError: (error: Error) => void
  /** Bytes of one file. */
  fileBytesMax?: number
  /** Bytes of all files of this writer, together with what waits in memory for being written. */
  bytesMax?: number
}

const gatherMs = 20
const fileBytes = 16 * 1024 * 1024
const dirBytes = 256 * 1024 * 1024
const gatheredBytesMax = 4 * 1024 * 1024
const numbered = /\.(\d{6})\.log$/

/**
 * Lines a process leaves on its own disk for the pipeline: `TOPIC.WRITER.log`, and full files beside it with a number. Whoever has
 * carried a full file on deletes it; while nobody does, there is an end to it, and lines are turned away and counted.
 */
export class Spool {
  /** Lines turned away so far. */
  dropped = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #takenBytes = 0
  #writtenBytes = 0
  #file: FileHandle | undefined
  #fileBytes = 0
  /** Of files that are full. */
  #keptBytes = 0
  #number = 0
  #writing: Promise<void> | undefined
  readonly #name: string

  constructor(private readonly options: SpoolOptions) {
    this.#name = `${options.topic}.${options.writer}`
  }

  /** Takes a line without its line feed, or several with one between each two: all of them or none. @returns whether there was room. */
  append(lines: string): boolean {
    const bytes = Buffer.from(`${lines}\n`)
    const { bytesMax = dirBytes } = this.options
    const held = this.#keptBytes + this.#fileBytes + this.#waitingBytes
    if (held + bytes.length > bytesMax || this.#waitingBytes + bytes.length > gatheredBytesMax) {
      this.dropped++
      return false
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#takenBytes += bytes.length
    if (!this.#writing) void this.#drain()
    return true
  }

  /** Resolves when everything taken so far is in the file: the end of this process does not lose it. @throws when it is not. */
  async flushed(): Promise<void> {
    // Not until nothing waits: where lines keep coming, something always does.
    const upTo = this.#takenBytes
    // What is being written now may have been gathered before the last line came.
    while (this.#writtenBytes < upTo) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined
      })
      await this.#writing
    }
  }

  /** Until nothing waits any more, or it cannot be written: the next line tries again. */
  async #drain() {
    while (this.#waiting.length > 0) {
      const written = await this.flushed().then(
        () => true,
        () => false,
      )
      if (!written) return
    }
  }

  async close(): Promise<void> {
    try {
      await this.flushed()
    } finally {
      await this.#file?.close()
      this.#file = undefined
    }
  }

  async #write() {
    await this.options.clock.sleep(gatherMs)
    const waiting = this.#waiting
    this.#waiting = []
    try {
      await this.#writeAll(Buffer.concat(waiting))
    } catch (error) {
      // In front again: their order is that of their coming. What was written by half ends with the file.
      this.#waiting = [...waiting, ...this.#waiting]
      await this.#file?.close().catch(() => {})
      this.#file = undefined
      this.options.onError(error as Error)
      throw error
    }
  }

  async #writeAll(bytes: Buffer) {
    const { fileBytesMax = fileBytes } = this.options
    if (this.#file && this.#fileBytes >= fileBytesMax) {
      await this.#file.close()
      this.#file = undefined
    }
    this.#file ??= await this.#begin()
    await this.#file.appendFile(bytes)
    this.#waitingBytes -= bytes.length
    this.#writtenBytes += bytes.length
    this.#fileBytes += bytes.length
  }

  /** A file of its own: what the one before ends with may be half a line. */
  async #begin(): Promise<FileHandle> {
    const { dir } = this.options
    await mkdir(dir, { recursive: true })
    const path = join(dir, `${this.#name}.log`)
    const own = (await readdir(dir)).filter((file) => file.startsWith(`${this.#name}.`))
    this.#number = Math.max(this.#number, ...own.map((file) => Number(numbered.exec(file)?.[1] ?? 0))) + 1
    if (own.includes(`${this.#name}.log`)) {
      await rename(path, join(dir, `${this.#name}.${String(this.#number).padStart(6, '0')}.log`))
    }
    this.#keptBytes = await bytesOf(dir, `${this.#name}.`)
    this.#fileBytes = 0
    return open(path, 'ax', 0o600)
  }
}

/** Of files that may be deleted meanwhile. */
async function bytesOf(dir: string, prefix: string): Promise<number> {
  const files = (await readdir(dir)).filter((file) => file.startsWith(prefix))
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(dir, file)).catch(() => ({ size: 0 }))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
