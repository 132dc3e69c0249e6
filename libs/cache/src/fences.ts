import type { ChangeBus } from '@gala/bus'
import type { Change } from '@gala/contracts'
import { LRUCache } from 'lru-cache'

/**
 * The newest position at which each tag changed, as far as this process has heard. A value made from a tag is out of date
 * when its position lies before the fence. Because the check is made when a value is *read*, it makes no difference
 * whether the change came before, during or after the load that produced the value: no fill can slip past it.
 */
export class Fences {
  #raised = 0
  #evicted = 0
  readonly #positions: LRUCache<string, number>

  /** Remembers `tagsMax` tags; the oldest beyond that are covered by one common floor. */
  constructor(
    private readonly bus: ChangeBus,
    tagsMax: number,
  ) {
    this.#positions = new LRUCache({
      max: tagsMax,
      dispose: (position, _tag, reason) => {
        if (reason === 'evict') this.#evicted = Math.max(this.#evicted, position)
      },
    })
    bus.subscribe(({ tags, position }: Change) => {
      for (const tag of tags) this.raise(tag, position)
    })
  }

  raise(tag: string, position: number) {
    // Against the common floor too: a late repeat must not put an old fence where a newer one was forgotten.
    if (this.#of(tag) >= position) return
    this.#positions.set(tag, position)
    this.#raised++
  }

  /** What held at this generation still holds. */
  get generation(): number {
    return this.#raised + this.bus.revision
  }

  /** A value that holds now reflects every change up to here. */
  get heard(): number {
    return this.bus.appliedPosition
  }

  /** The position a value made from these tags must have to be current, as far as is known here. */
  needed(tags: readonly string[]): number {
    let most = this.bus.floor
    for (const tag of tags) most = Math.max(most, this.#of(tag))
    return most
  }

  /** True when nothing a value was made from has changed after `position`, and nothing may have been missed. */
  hold(tags: readonly string[], position: number): boolean {
    return position >= this.bus.floor && this.clear(tags, position)
  }

  /** True when no change of these tags after `position` is known. */
  clear(tags: readonly string[], position: number): boolean {
    for (const tag of tags) {
      if (position < this.#of(tag)) return false
    }
    return true
  }

  #of(tag: string): number {
    return this.#positions.get(tag) ?? this.#evicted
  }
}
