import type { Feed } from './feed.js'

/** Viewers of one process up to which a room is polled so often. */
const steps: readonly (readonly [viewers: number, waitMs: number])[] = [
  [1_000, 1_000],
  [5_000, 2_000],
  [20_000, 3_000],
]
const longestMs = 5_000
/** With less left of the process than this, polls are what it can do without first. */
const headroomMin = 0.25

/** When a poll is to come again: later in a large room, and when there is much to do. `headroom`: 1 idle, 0 full. */
export const pollAfterMs =
  (headroom: () => number) =>
  (feed: Feed | undefined): number => {
    if (headroom() < headroomMin) return longestMs
    const viewers = (feed?.readers.size ?? 0) + (feed?.tally.polls.perS ?? 0)
    return steps.find(([upTo]) => viewers <= upTo)?.[1] ?? longestMs
  }
