import type { Clock } from '@gala/kernel'
import type { z } from 'zod'

/** The slot a handler runs for. */
export interface Run {
  job: string
  event: string | null
  /** Scheduled time, Unix milliseconds. */
  atMs: number
  /** Empty: global. */
  dc: string
  shard: number
  shards: number
  /** Fencing token within the slot. */
  attempt: number
}

/** What a handler is given. It reaches the platform only through this. */
export interface HandlerContext {
  run: Run
  /** Aborts when its time is over, when it was cancelled, or when its slot was given to somebody else. */
  signal: AbortSignal
  clock: Clock
  /** How far it is; may be called often. */
  progress(done: number, total: number, note?: string): void
  /**
   * Changes or asks the platform, through base. What changes something carries the run's fencing token and happens once for a slot
   * under `effect`, however often the slot is run: the second time answers what the first was answered.
   * @throws ActRefused with a code when it may not be, such as STALE_TOKEN.
   */
  act(act: string, input: unknown): Promise<unknown>
}

/** Something a job can do. */
export interface Handler<P = unknown> {
  name: string
  title: string
  /** For operators: what it does, and what it leaves behind. */
  does: string
  needsEvent: boolean
  /**
   * It computes nothing and keeps nothing, it only asks base: then it is run where base is, without a thread that would have to be
   * started first.
   */
  onlyAsks?: boolean
  params: z.ZodType<P>
  run(params: P, context: HandlerContext): Promise<unknown>
}

/** What a run came to. */
export type ThreadOutcome =
  | { kind: 'ok'; result: unknown }
  | {
      kind: 'failed'
      reason: 'error' | 'memory' | 'timeout' | 'cancelled' | 'holder-lost'
      detail: string
      retryable: boolean
      /** What it had found out all the same, such as the list of a no-go. */
      result?: unknown
    }

/** Runs handlers apart from everything else: one that hangs or eats memory ends alone. */
export interface Threads {
  run(
    handler: string,
    params: Record<string, unknown>,
    run: Run,
    more: {
      timeoutMs: number
      signal: AbortSignal
      onProgress: (done: number, total: number, note: string) => void
      act: (act: string, input: unknown) => Promise<unknown>
    },
  ): Promise<ThreadOutcome>
  close(): Promise<void>
}
