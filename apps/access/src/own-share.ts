import type { Control } from '@gala/contracts'
import { type Clock, fnv1a } from '@gala/kernel'

const whole = 100

/**
 * How much of what is asked here the application of this data centre answers, as operators have ordered it. Decided for each
 * request by its trace id. Not by viewer: most requests that get as far as an application load a copy for everybody, so a
 * viewer's place would stand for nobody. And not by address, for then one hot event would be all of a share or nothing of it.
 * Every attempt of a request finds the same answer, and whoever has its trace id can tell where it went.
 */
export class OwnShare {
  #order: Control['weights'][number] | undefined

  constructor(
    private readonly clock: Clock,
    private readonly dc: string,
  ) {}

  /** The newest orders; none for this data centre: it answers everything. */
  obey(weights: Control['weights']) {
    this.#order = weights.find(({ dc }) => dc === this.dc)
  }

  /** Of a hundred requests. An order ends by this process's own clock. */
  get percent(): number {
    const order = this.#order
    if (!order) return whole
    return order.expiresAt !== null && Date.parse(order.expiresAt) <= this.clock.nowMs() ? whole : order.percent
  }

  /** Whether the own application is asked first. */
  takes(traceparent: string): boolean {
    const { percent } = this
    return percent >= whole || (percent > 0 && placeOf(traceparent) < percent)
  }
}

/** FNV-1a over the trace id, its bits mixed: ids of other systems may begin with noughts. */
function placeOf(traceparent: string): number {
  const id = fnv1a(traceparent.slice(3, 35))
  const hash = Math.imul(id ^ (id >>> 16), 0x85ebca6b)
  return ((hash ^ (hash >>> 13)) >>> 0) % whole
}
