/** When a breaker opens, how long it stays open, and how it lets traffic back. Times in milliseconds. */
export interface BreakerPolicy {
  /** Failures and slow calls are counted over this time. */
  windowMs: number
  /** Ratios say nothing of fewer calls than this. */
  minCalls: number
  /** Opens at this share of failures in the window … */
  failureRatio: number
  /** … or at this many failures in the window, whatever their share; left out: no such rule … */
  failures?: number
  /** … or at this many failures with no success between them: a dead dependency is not asked a whole window long … */
  failuresInRow: number
  /** … or at this share of calls that took `slowMs` or longer. */
  slowMs: number
  slowRatio: number
  /** Open for as long as repairs have taken so far, but never shorter or longer than this. */
  openMinMs: number
  openMaxMs: number
  /** What a repair is taken to need before one was seen. */
  repairGuessMs: number
  /** So many calls in a row have to succeed before more are let through; none is waited for longer than the deadline. */
  probes: number
  probeDeadlineMs: number
  /** Shares of the traffic let through one after another, each for `rampStepMs`; all of it after the last. */
  ramp: readonly number[]
  rampStepMs: number
}

/**
 * For another process of ours. At 200 calls/s half of them failing opens it within two seconds, a dead one within eight
 * calls. Healed, it carries all traffic again after at most 4.8 s open (with jitter), probes, and three steps of a second.
 */
export const processPolicy: BreakerPolicy = {
  windowMs: 4_000,
  minCalls: 20,
  failureRatio: 0.4,
  failuresInRow: 8,
  slowMs: 700,
  slowRatio: 0.6,
  openMinMs: 500,
  openMaxMs: 4_000,
  repairGuessMs: 1_000,
  probes: 3,
  probeDeadlineMs: 1_000,
  ramp: [0.01, 0.05, 0.25],
  rampStepMs: 1_000,
}

/** For a database server to read from. There is another one to ask, and few reads get this far. */
export const databasePolicy: BreakerPolicy = {
  ...processPolicy,
  failuresInRow: 3,
  openMaxMs: 2_000,
  probes: 2,
  ramp: [0.05, 0.25],
  rampStepMs: 500,
}

/** For the one server that is written to: an operator's edit is not to be one of a hundred that may try. */
export const writerPolicy: BreakerPolicy = { ...databasePolicy, slowMs: 5_000, probes: 1, ramp: [] }

/**
 * For a store that answers in a millisecond or not at all, and whose absence is felt at once: left alone after one command
 * that failed (commands are tried twice before), found again within some 300 ms.
 */
export const storePolicy: BreakerPolicy = {
  ...processPolicy,
  failuresInRow: 1,
  slowMs: 600,
  slowRatio: 0.9,
  openMinMs: 30,
  openMaxMs: 250,
  repairGuessMs: 30,
  probes: 1,
  probeDeadlineMs: 600,
  ramp: [],
}

/**
 * A process that is later than this with its own work, in milliseconds, learns nothing of others from calls that took long: the answer may
 * have lain there. Neither is it a fair trial to be given less time than this.
 */
export const fairMs = 100
