import type { Topic } from '@gala/eventlog'
import type { Pane } from './pane-sums.js'

/** Where the reader of a part stands. The revision is that of its last commit: whoever has another one has been replaced. */
export interface Standing {
  nextOffset: number
  /** Of the log; empty: it has not been read yet. */
  epoch: string
  revision: number
  places: Map<string, number>
}

export interface Commit {
  revision: number
  nextOffset: number
  epoch: string
  /** Sources that were read further. */
  places: ReadonlyMap<string, number>
  /** What is added. */
  panes: readonly Pane[]
  /** How many were told apart in a minute of an event, as far as is known. */
  audiences: readonly { event: string; minuteMs: number; viewers: number; sessions: number }[]
  /** Lines cut off because they had been read, by minute. */
  duplicates: ReadonlyMap<number, number>
  newestMs: number
}

export interface Folded {
  revision: number | undefined
  /** There is more to be put together. */
  more: boolean
}

/** Panes of one data centre, and how far they have been made. */
export interface PaneStore {
  standing(topic: Topic, part: number): Promise<Standing>
  /**
   * All of it or nothing. @returns false when the revision is another one: nothing was done. @throws when nobody can say whether it was
   * done: whoever asks again finds out by `standing`.
   */
  commit(topic: Topic, part: number, commit: Commit): Promise<boolean>
  /**
   * Puts panes of ten seconds that begin before a moment together into those of a minute, some at a time. @returns the revision from
   * then on; undefined when it was another one, and nothing was done.
   */
  fold(topic: Topic, part: number, revision: number, beforeMs: number): Promise<Folded>
}
