import { readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'

const fileSchema = z.record(z.string(), z.string())
type Documents = [key: string, raw: string][]

/** The last documents that were applied, on disk: what a process starts with when nobody can be asked. */
export class ControlFile {
  #wanted: Documents | undefined
  #writing = false
  #failed = false

  constructor(
    private readonly path: string,
    private readonly log: Logger,
  ) {}

  /** Before the first request, so without waiting. A file that cannot be read is told of, and is nothing. */
  read(): Documents {
    try {
      return Object.entries(fileSchema.parse(JSON.parse(readFileSync(this.path, 'utf8'))))
    } catch (err) {
      const missing = (err as NodeJS.ErrnoException).code === 'ENOENT'
      if (!missing) this.log.error({ err, file: this.path }, 'the last known orders cannot be read from disk')
      return []
    }
  }

  /** Writes them, one write at a time; of those that come meanwhile only the last. */
  keep(documents: Documents) {
    this.#wanted = documents
    if (!this.#writing) void this.#write()
  }

  async #write() {
    this.#writing = true
    while (this.#wanted) {
      const text = JSON.stringify(Object.fromEntries(this.#wanted.filter(([, raw]) => raw !== '')))
      this.#wanted = undefined
      try {
        const aside = `${this.path}.tmp`
        await mkdir(dirname(this.path), { recursive: true })
        await writeFile(aside, text)
        await rename(aside, this.path)
        this.#failed = false
      } catch (err) {
        if (!this.#failed) this.log.error({ err, file: this.path }, 'orders cannot be kept on disk')
        this.#failed = true
      }
    }
    this.#writing = false
  }
}
