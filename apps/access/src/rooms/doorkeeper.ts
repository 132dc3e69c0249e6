import { AppError } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { Admission, type AdmissionLimits, type Refused } from './admission.js'

const refusals: Record<Refused, AppError> = {
  leaving: new AppError('ROOM_UNAVAILABLE', 'this process is about to stop'),
  lost: new AppError('ROOM_UNAVAILABLE', 'rooms cannot be followed here right now'),
  switched: new AppError('SWITCHED_OFF', 'operators have asked for polling', { retryAfterMs: 20_000 }),
  full: new AppError('OVERLOADED', 'this process has as many long connections as it can'),
  address: new AppError('RATE_LIMITED', 'there are too many long connections from this address', {
    retryAfterMs: 5_000,
  }),
  pace: new AppError('OVERLOADED', 'more come than can be let in at once', { retryAfterMs: 1_000 }),
}

interface Ground {
  /** The store has not answered for too long. */
  isLost: () => boolean
  /** Operators want everybody to poll. */
  isSwitched: () => boolean
}

/** Decides whether a long connection is made, before anything is done for it. */
export class Doorkeeper {
  readonly refused: Record<Refused, number> = { leaving: 0, lost: 0, switched: 0, full: 0, address: 0, pace: 0 }
  leaving = false
  readonly #admission: Admission

  constructor(
    private readonly ground: Ground,
    limits: AdmissionLimits,
    clock: Clock,
  ) {
    this.#admission = new Admission(limits, clock)
  }

  /** Long connections there are. */
  get open(): number {
    return this.#admission.open
  }

  /** How to leave again, to be called once; or why nobody is let in. */
  enter(address: string): (() => void) | AppError {
    const entered = this.#why() ?? this.#admission.enter(address)
    if (typeof entered === 'function') return entered
    this.refused[entered]++
    return refusals[entered]
  }

  #why(): Refused | undefined {
    if (this.leaving) return 'leaving'
    if (this.ground.isSwitched()) return 'switched'
    return this.ground.isLost() ? 'lost' : undefined
  }
}
