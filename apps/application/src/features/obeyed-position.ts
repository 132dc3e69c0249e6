import type { ChangeBus } from '@gala/bus'
import { tags } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { ControlFollower } from '@gala/runtime'

/** With no message at all the document of orders is found within a second, and Redis has half of one to answer. */
const orderAwaitedMs = 1_500

/**
 * Change position that what this process obeys is at least as new as.
 *
 * Changes of all kinds count positions up, the document of orders only has that of the newest order. As long as no order is
 * under way the process reflects everything it has heard of. Once it has heard of one, only what the document says, until
 * that has come: so a copy made in between is already out of date for everybody who has heard of the order. A change that
 * brings no newer document (an order that waits for a second person, a tag invalidated by hand) is not waited for for ever.
 */
export function obeyedPosition(
  bus: Pick<ChangeBus, 'subscribe' | 'appliedPosition'>,
  control: Pick<ControlFollower, 'position'>,
  clock: Pick<Clock, 'monotonicMs'>,
): () => number {
  let orderedAt = 0
  let awaitedUntilMs = Number.NEGATIVE_INFINITY
  bus.subscribe(({ tags: touched, position }) => {
    if (!touched.includes(tags.control) || position <= orderedAt) return
    orderedAt = position
    awaitedUntilMs = clock.monotonicMs() + orderAwaitedMs
  })
  return () => {
    const { position } = control
    const underWay = position < orderedAt && clock.monotonicMs() < awaitedUntilMs
    return underWay ? position : Math.max(position, bus.appliedPosition)
  }
}
