import type { LakeQueryReply } from '@gala/contracts'

/** What the process of a query is given. */
export interface QueryTask {
  sql: string
  /** Statements that make the tables. */
  views: readonly string[]
  /** All it may open. */
  files: readonly string[]
  bounds: QueryBounds
}

export interface QueryBounds {
  memoryMb: number
  threads: number
  timeoutMs: number
  rowsMax: number
  bytesMax: number
}

/** How it ended: `refused` is for what was asked, `cut` for what it would have taken. */
export type QueryOutcome =
  | { kind: 'answered'; reply: Omit<LakeQueryReply, 'tookMs'> }
  | { kind: 'refused' | 'cut'; detail: string }
