/** What the viewers are told to do. */
export interface NightPlan {
  /** Of both data centres; each is the nearer one of half the viewers. */
  edges: readonly string[]
  /** The most asked for first. */
  events: readonly string[]
  /** Requests a second, arriving by chance. */
  ratePerS: number
  /** What the first of them are counted under. */
  phase: string
  seed: number
}

export interface Tally {
  full: number
  degraded: number
  bad: number
  /** Answered, or not, by the other edge, because the nearer one gave nothing. */
  again: number
  /** Why, and how often. */
  why: Record<string, number>
}

/** What they tell, all of it since they began. */
export interface NightResult {
  /** By the phase in which a request was over. */
  phases: Record<string, Tally>
  /** From when a request was meant to be sent to when it was over. */
  tookMs: { p50: number; p99: number; most: number }
  /** Arrivals were put off for so long, because as many as may wait were waiting. */
  putOffMs: number
  /** Time the viewers' own process was not given a processor in; it counts for nobody. */
  heldUpMs: number
}

export type Order = { phase: string } | 'stop'
export type Word = { progress: Record<string, Tally>; bad: readonly string[] } | { result: NightResult }

export const patienceMs = 2_000

/** Of requests that were over. */
export const over = ({ full, degraded, bad }: Tally) => full + degraded + bad
