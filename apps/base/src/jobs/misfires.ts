import type { Misfire } from '@gala/contracts'

/**
 * Which of the moments that were missed, oldest first, are still to be run.
 * The policies are those of Quartz (skip, fire once) and of Temporal's catch-up window, and a bounded "all of them".
 */
export function stillToRun(misfire: Misfire, missedMs: readonly number[], nowMs: number): readonly number[] {
  switch (misfire.policy) {
    case 'skip':
      return []
    case 'once':
      return missedMs.slice(-1)
    case 'all':
      return missedMs.slice(-misfire.max)
    case 'window':
      return missedMs.filter((atMs) => nowMs - atMs <= misfire.windowMs)
  }
}

/** Why the others are not, for the ledger. */
export function misfireDetail(misfire: Misfire, lateMs: number): string {
  const late = `${Math.round(lateMs / 1_000)} s late`
  switch (misfire.policy) {
    case 'skip':
      return `${late}; what is missed is not run`
    case 'once':
      return `${late}; only the newest of those missed is run`
    case 'all':
      return `${late}; only the newest ${misfire.max} of those missed are run`
    case 'window':
      return `${late}; not run when later than ${Math.round(misfire.windowMs / 1_000)} s`
  }
}
