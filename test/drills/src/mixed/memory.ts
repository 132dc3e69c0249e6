import { readFileSync } from 'node:fs'
import { pause } from '../faults.js'
import { quantile } from '../report.js'
import { metricOf } from '../rooms/metrics.js'

const everyMs = 5_000
const minuteCount = 60_000 / everyMs

export interface Part {
  name: string
  url: string
  pid: number
}

export interface Grown {
  name: string
  /** Resident, median of the first minute and of the last one. */
  byMinuteMb: number[]
  fromMb: number
  toMb: number
  /** How late its event loop was at most. */
  latenessMs: number
}

/** Watches processes until told to end. */
export class Memory {
  readonly #mb: number[][]
  readonly #latenessMs: number[]
  #going = true
  readonly #ended: Promise<void>

  constructor(private readonly parts: readonly Part[]) {
    this.#mb = parts.map(() => [])
    this.#latenessMs = parts.map(() => 0)
    this.#ended = this.#watch()
  }

  async end(): Promise<Grown[]> {
    this.#going = false
    await this.#ended
    return this.parts.map(({ name }, i) => ({
      name,
      byMinuteMb: minutesOf(this.#mb[i] ?? []),
      fromMb: quantile(this.#mb[i]?.slice(0, minuteCount) ?? [], 0.5),
      toMb: quantile(this.#mb[i]?.slice(-minuteCount) ?? [], 0.5),
      latenessMs: this.#latenessMs[i] ?? Number.NaN,
    }))
  }

  async #watch() {
    // What is told of the event loop is told of the minute before as well, and that was not asked about.
    const fromMs = performance.now() + 60_000
    while (this.#going) {
      for (const [i, { url, pid }] of this.parts.entries()) {
        this.#mb[i]?.push(residentMb(pid))
        if (performance.now() < fromMs) continue
        const latenessMs = 1000 * (await metricOf(url, 'gala_loop_delay_longest_seconds'))
        this.#latenessMs[i] = Math.max(this.#latenessMs[i] ?? 0, latenessMs)
      }
      await pause(everyMs)
    }
  }
}

const minutesOf = (mb: readonly number[]) =>
  Array.from({ length: Math.ceil(mb.length / minuteCount) }, (_, i) =>
    quantile(mb.slice(i * minuteCount, (i + 1) * minuteCount), 0.5),
  )

/** Source of the field: proc_pid_status(5). */
const residentMb = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
