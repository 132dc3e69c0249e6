import { type Clock, randomHex } from '@gala/kernel'
import {
  type Bounds,
  type EventLog,
  LogFull,
  type LoggedRun,
  LogUnreachable,
  partOf,
  type Run,
  runBytesMax,
  type Topic,
  Trimmed,
  waitMsMax,
} from './event-log.js'
import { checked } from './rules.js'

interface Part {
  epoch: string
  first: number
  runs: LoggedRun[]
  woken: Set<() => void>
}

const fresh = (): Part => ({ epoch: randomHex(8), first: 0, runs: [], woken: new Set() })

/** What several logs of one test share, as processes share a server. */
export class MemoryParts {
  readonly #parts = new Map<string, Part>()
  /** While true, nothing is answered. */
  away = false

  of(topic: Topic, part: number): Part {
    const key = `${topic}:${part}`
    const known = this.#parts.get(key) ?? fresh()
    this.#parts.set(key, known)
    return known
  }

  /** Everything is gone, as after a restart without data. */
  empty() {
    for (const part of this.#parts.values()) Object.assign(part, fresh(), { woken: part.woken })
  }
}

export interface MemoryEventLogOptions {
  clock: Clock
  parts?: number
  /** Bytes of lines in one part. */
  bytesMax?: number
  shared?: MemoryParts
}

/** A log within one process, for tests. It passes the same conformance suite as the real ones. */
export class MemoryEventLog implements EventLog {
  readonly parts: number
  readonly shared: MemoryParts
  #closed = false

  constructor(private readonly options: MemoryEventLogOptions) {
    this.parts = options.parts ?? 2
    this.shared = options.shared ?? new MemoryParts()
  }

  async append(topic: Topic, run: Run): Promise<number> {
    checked(run)
    const part = this.#part(topic, partOf(run.source, this.parts))
    const held = part.runs.reduce((sum, { lines }) => sum + lines.length, 0)
    if (held > 0 && held + run.lines.length > (this.options.bytesMax ?? 64 * runBytesMax)) {
      throw new LogFull(`${topic} holds ${held} bytes that nobody has read`)
    }
    const offset = part.first + part.runs.length
    part.runs.push({ ...run, lines: Buffer.from(run.lines), offset })
    for (const wake of part.woken) wake()
    return offset
  }

  async read(topic: Topic, part: number, from: number, bytesMax: number, waitMs: number, epoch?: string) {
    const now = this.#from(topic, part, from, bytesMax, epoch)
    if (now.length > 0 || waitMs <= 0) return now
    await this.#woken(this.#part(topic, part), Math.min(waitMs, waitMsMax))
    return this.#from(topic, part, from, bytesMax, epoch)
  }

  async bounds(topic: Topic, part: number): Promise<Bounds> {
    const { first, runs, epoch } = this.#part(topic, part)
    return { first, next: first + runs.length, epoch }
  }

  async release(topic: Topic, part: number, before: number, epoch?: string) {
    const held = this.#part(topic, part)
    if (epoch !== undefined && epoch !== held.epoch) return
    const gone = held.runs.splice(0, Math.max(0, before - held.first))
    held.first += gone.length
  }

  async close() {
    this.#closed = true
  }

  #part(topic: Topic, part: number): Part {
    if (this.#closed) throw new LogUnreachable('the log is closed')
    if (this.shared.away) throw new LogUnreachable('the log is away')
    return this.shared.of(topic, part)
  }

  #from(topic: Topic, number: number, from: number, bytesMax: number, epoch?: string): LoggedRun[] {
    const part = this.#part(topic, number)
    const next = part.first + part.runs.length
    if (from < part.first || from > next || (epoch !== undefined && epoch !== part.epoch)) {
      throw new Trimmed(part.first, part.epoch)
    }
    const found: LoggedRun[] = []
    let bytes = 0
    for (const run of part.runs.slice(from - part.first)) {
      bytes += run.lines.length
      if (bytes > bytesMax && found.length > 0) break
      found.push(run)
    }
    return found
  }

  #woken(part: Part, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        part.woken.delete(wake)
        resolve()
      }
      const cancel = this.options.clock.after(waitMs, wake)
      part.woken.add(wake)
    })
  }
}
