import { readFile } from 'node:fs/promises'
import type { Clock } from '@gala/kernel'
import { z } from 'zod'
import type { OtherLink } from './file-keeper.js'

const loadedSchema = z.record(z.string(), z.int().min(0))
const lookEveryMs = 1_000

/** How far the batch link has every source, as it says in a file beside the checkpoint; nowhere yet while there is no file. */
export class LoadedFile implements OtherLink {
  #places: Record<string, number> = {}
  #lookedMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly file: string,
    private readonly clock: Clock,
  ) {}

  async placeOf(source: string): Promise<number> {
    if (this.clock.monotonicMs() - this.#lookedMs >= lookEveryMs) {
      this.#places = await this.#read()
      this.#lookedMs = this.clock.monotonicMs()
    }
    return this.#places[source] ?? 0
  }

  async #read(): Promise<Record<string, number>> {
    try {
      return loadedSchema.parse(JSON.parse(await readFile(this.file, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
      throw error
    }
  }
}
