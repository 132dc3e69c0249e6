import type { BusSubscriber, ChangeBus } from '@gala/bus'
import type { Change } from '@gala/contracts'
import { LRUCache } from 'lru-cache'

/** Tags remembered at once: about 20 MB. The oldest beyond that are covered by one common floor. */
const tagsMax = 100_000

/**
 * The newest position at which each tag changed, as far as this process has heard. A value made from a tag is out of date
 * when its position lies before the fence. Because the check is made when a value is *read*, it makes no difference
 * whether the change came before, during or after the load that produced the value: no fill can slip past it.
 */
export class Fences implements BusSubscriber {
  /** Raised whenever messages may have been lost: values from before then are asked for again. */
  epoch = 0
  #floor = 0
  readonly #positions = new LRUCache<string, number>({
    max: tagsMax,
    dispose: (position, _tag, reason) => {
      if (reason === 'evict') this.#floor = Math.max(this.#floor, position)
    },
  })

  constructor(bus: ChangeBus) {
    bus.subscribe(this)
  }

  change({ tags, position }: Change) {
    for (const tag of tags) this.raise(tag, position)
  }

  raise(tag: string, position: number) {
    if ((this.#positions.get(tag) ?? 0) < position) this.#positions.set(tag, position)
  }

  suspect() {
    this.epoch++
  }

  /** True when nothing a value was made from has changed after `position`. */
  hold(tags: readonly string[], position: number): boolean {
    for (const tag of tags) {
      if (position < (this.#positions.get(tag) ?? this.#floor)) return false
    }
    return true
  }
}
