import { readFileSync, statSync } from 'node:fs'
import { parseStored, type Saving, type SavingsFile, type SwitchKey, savingsFileSchema } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { BaseContext } from '../base.config.js'

/** A month's releases have passed: what was measured then need not hold now. */
const oldMs = 30 * 86_400_000
const lookEveryMs = 1_000
const bytesMax = 1024 * 1024
/** Stands for a file that could not even be looked at: said once. */
const unreadable = -1

/** What switches were measured to save, from the file a drill leaves behind. A new one is taken in when it appears. */
@Injectable()
export class SavingsService {
  #file: SavingsFile | undefined
  #lookedAtMs = Number.NEGATIVE_INFINITY
  /** Of the file as it was read last, whether it could be used or not. */
  #mtimeMs: number | undefined

  constructor(@Inject(APP_CONTEXT) private readonly context: BaseContext) {}

  /** Undefined while nothing has been measured. A file that cannot be read leaves the one before in its place. */
  get file(): SavingsFile | undefined {
    const { clock, config } = this.context
    const path = config.GALA_SAVINGS_FILE
    if (path === undefined || clock.monotonicMs() - this.#lookedAtMs < lookEveryMs) return this.#file
    this.#lookedAtMs = clock.monotonicMs()
    this.#look(path)
    return this.#file
  }

  of(key: SwitchKey): Saving[] {
    const { file } = this
    if (!file) return []
    const old = this.context.clock.nowMs() - Date.parse(file.measuredAt) > oldMs
    return file.savings
      .filter((saving) => saving.key === key)
      .map((saving) => ({ ...saving, measuredAt: file.measuredAt, old }))
  }

  #look(path: string) {
    const { log } = this.context
    try {
      const found = statSync(path, { throwIfNoEntry: false })
      if (!found || found.mtimeMs === this.#mtimeMs) return
      const { mtimeMs, size } = found
      this.#mtimeMs = mtimeMs
      const file = size <= bytesMax ? parseStored(savingsFileSchema, readFileSync(path, 'utf8')) : undefined
      if (!file) return log.warn({ path, size }, 'the file of savings is not of the expected form: it is left alone')
      this.#file = file
      log.info({ path, measuredAt: file.measuredAt, savings: file.savings.length }, 'savings read')
    } catch (err) {
      if (this.#mtimeMs !== unreadable) log.warn({ err, path }, 'the file of savings cannot be read')
      this.#mtimeMs = unreadable
    }
  }
}
