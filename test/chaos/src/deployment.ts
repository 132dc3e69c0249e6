import type { Fault, Step } from './schedule.js'

export interface Answer {
  /** The row's version; 0 before its first write. */
  version: number
  /** The answer itself says that it may be old. */
  marked: boolean
}

/** A cache in production, as far as a history goes: processes that read and write, and what may happen to them. */
export interface Deployment {
  readonly dcs: number
  loads: number
  loadsAtOnce: number
  read(step: Step): Promise<Answer>
  write(step: Step): Promise<void>
  /** How many caches stand one behind the other at a seat. */
  levelsOf(seat: number): number
  fault(fault: Fault): void
}
