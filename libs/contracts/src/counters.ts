/**
 * Names of the counters of an event in its data centre's Redis: application counts there, base writes down what it finds. The
 * braces keep one event's keys on one node of a cluster.
 */
export const counterKeys = (prefix: string, eventId: string) => ({
  /** A number that only grows; not there until something has been counted or taken over. */
  likes: `${prefix}likes:{${eventId}}`,
  /** HyperLogLog of viewing sessions. */
  plays: `${prefix}plays:{${eventId}}`,
  /** Plays there had been when this Redis began to count. */
  playsBefore: `${prefix}plays-before:{${eventId}}`,
  online: (windowStart: number) => `${prefix}online:{${eventId}}:${windowStart}`,
  /** Hash of what every other data centre has told, by its id. */
  shares: `${prefix}shares:{${eventId}}`,
})

/** Sorted set of events by when something was last counted for them. */
export const activeKey = (prefix: string) => `${prefix}active`

/** Events whose counts are told and written down: those with a beat or a like within the hour, at most this many. */
export const activeEvents = { max: 1_000, withinMs: 3_600_000 }
