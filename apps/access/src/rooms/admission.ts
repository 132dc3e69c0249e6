import type { Clock } from '@gala/kernel'
import { paceOf, TokenBucket } from '@gala/resilience'

export interface AdmissionLimits {
  /** New connections a second, and as many at once as come in one. */
  perS: number
  /** Open at once. */
  max: number
  /** Of those from one address: behind one of a mobile network there are many. */
  perAddressMax: number
}

/** Why somebody is not let in. */
export type Refused = 'leaving' | 'lost' | 'switched' | 'full' | 'address' | 'pace'

/** Counts long connections before they are made: what is refused costs one answer, and no handshake. */
export class Admission {
  readonly #bucket: TokenBucket
  readonly #byAddress = new Map<string, number>()
  #open = 0

  constructor(
    private readonly limits: AdmissionLimits,
    private readonly clock: Clock,
  ) {
    this.#bucket = new TokenBucket(paceOf(limits.perS, limits.perS))
  }

  get open(): number {
    return this.#open
  }

  /** How to leave again, to be called once; or why there is no room. */
  enter(address: string): (() => void) | Refused {
    const { max, perAddressMax } = this.limits
    const here = this.#byAddress.get(address) ?? 0
    if (this.#open >= max) return 'full'
    if (here >= perAddressMax) return 'address'
    if (!this.#bucket.take(1, this.clock.monotonicMs())) return 'pace'
    this.#open++
    this.#byAddress.set(address, here + 1)
    return () => this.#leave(address)
  }

  #leave(address: string) {
    this.#open--
    const left = (this.#byAddress.get(address) ?? 1) - 1
    if (left > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
  }
}
