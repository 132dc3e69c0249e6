import { fnv1a } from '@gala/kernel'

/** What the pipeline carries. A topic is read by its own data centre only. */
export const topics = ['requests', 'beacons', 'spans', 'messages'] as const
export type Topic = (typeof topics)[number]

/**
 * A run of whole lines of one source, in their order and without a gap. A source is one file that only grows; a place in it is the
 * number of bytes before. Whoever reads a source keeps the place up to which it has read: what comes again lies before it, however
 * the lines were cut into runs the second time.
 */
export interface Run {
  source: string
  /** Place of the first byte. */
  from: number
  /** Place after the last byte, which is a line feed. */
  to: number
  /** Lines. */
  count: number
  lines: Buffer
}

/** A run as it stands in the log. Offsets rise by one, from 0, in each part of a topic. */
export interface LoggedRun extends Run {
  offset: number
}

/** Where a part of a topic begins, and the offset its next run will have. */
export interface Bounds {
  first: number
  next: number
  /**
   * One life of this part. While it stands, an offset means the same run, and nothing acknowledged has gone unread. With another one
   * the log may have lost what it had (emptied, restarted, taken over by a replica): readers begin at `first` again, writers with what
   * readers have not kept.
   */
  epoch: string
}

/**
 * A log of runs, of one data centre. Every topic has the same number of parts; runs of one source go to one part, so that they keep
 * their order. A run may stand in it twice, when the one who wrote it did not hear of the first time.
 */
export interface EventLog {
  readonly parts: number
  /** Resolves once the log will not lose it. @throws LogFull when there is no room; @throws when the log does not answer. */
  append(topic: Topic, run: Run): Promise<number>
  /**
   * Runs from an offset on, at least one when there is one, no more than about `bytesMax`; waits up to `waitMs` (at most `waitMsMax`)
   * for the first.
   * @throws Trimmed when that offset is gone or has not been reached, or belongs to another `epoch` than the one of now.
   */
  read(topic: Topic, part: number, from: number, bytesMax: number, waitMs: number, epoch?: string): Promise<LoggedRun[]>
  bounds(topic: Topic, part: number): Promise<Bounds>
  /** Everybody has read what stands before this offset: it may go. In another `epoch` nothing goes: nobody has read that yet. */
  release(topic: Topic, part: number, before: number, epoch?: string): Promise<void>
  close(): Promise<void>
}

/** The log holds as much as it may; nothing of it may go before it is read. */
export class LogFull extends Error {}

/** What is asked for is not there, or not what it was: the log begins at `first` of `epoch`. */
export class Trimmed extends Error {
  constructor(
    readonly first: number,
    readonly epoch: string,
  ) {
    super(`the log begins at ${first} of epoch ${epoch}`)
  }
}

/** The log does not answer, or not as it should; what was asked may have been done. Asking again is right. */
export class LogUnreachable extends Error {}

/** Bytes of one run: what every log takes with the settings it comes with. */
export const runBytesMax = 512 * 1024
/** Longest wait of one reading. */
export const waitMsMax = 5_000
/** Appends of one part that may wait for the one before them, and readings of one part. */
export const waitingMax = 64

/** The part of every topic that runs of a source go to. */
export function partOf(source: string, parts: number): number {
  const hash = fnv1a(source)
  return ((hash ^ (hash >>> 16)) >>> 0) % parts
}
