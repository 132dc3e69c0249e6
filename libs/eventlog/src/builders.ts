import type { Bounds, EventLog, LoggedRun, Run } from './event-log.js'
import { partOf } from './event-log.js'

interface EventLogUnderTest {
  log: EventLog
  /** Another connection to the same log, as another process has it. */
  another(): Promise<EventLog>
  /** Everything the log had is gone, as after a restart without data. Resolves when it answers again. */
  empty(): Promise<void>
  /** Lets time pass for the log. */
  pass(ms: number): Promise<void>
}

export type OpenLog = (options?: { parts?: number; bytesMax?: number }) => Promise<EventLogUnderTest>

export const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** Line feeds, zeros and bytes that are no text. */
export const bytesOf = (length: number) =>
  Buffer.from(many(length, (i) => (i === length - 1 ? 10 : (i * 7 + 250) % 256)))

/** The nth run of a source, each as long as the next. */
export function run(source: string, n = 0, bytes = 20): Run {
  return { source, from: n * bytes, to: (n + 1) * bytes, count: 1, lines: bytesOf(bytes) }
}

/** A source whose runs go to a part. */
export function sourceIn(part: number, parts: number): string {
  for (let i = 0; ; i++) if (partOf(`s-${i}`, parts) === part) return `s-${i}`
}

/** All there is from an offset on, in small readings. */
export async function readAll(log: EventLog, part = 0, from = 0, bytesMax = 1_000): Promise<LoggedRun[]> {
  const { next, epoch } = await log.bounds('requests', part)
  const found: LoggedRun[] = []
  while (from + found.length < next)
    found.push(...(await log.read('requests', part, from + found.length, bytesMax, 0, epoch)))
  return found
}

export const offsets = (runs: readonly LoggedRun[]) => runs.map(({ offset }) => offset)
export const range = ({ first, next }: Bounds) => [first, next]
