export interface InFlightOptions {
  /** Places in this process, over all keys. */
  places: number
  /** Of these, what one key may have while the process is busy: a part of 1. */
  keyPart: number
}

/** From this part of its places on a process counts as busy. Below it a single key may well be all there is to do. */
const busyPart = 0.5

/**
 * How much is under way at once: at most `places` in all, at most `keyMax` of one key when its caller says so, and while the process is busy one
 * hot key has no more than its part, so that the others are answered too. Keys are counted only while something of theirs is
 * under way, so there are never more of them than places.
 */
export class InFlight {
  readonly #of = new Map<string, number>()
  #all = 0
  refused = 0

  constructor(private readonly options: InFlightOptions) {}

  get all() {
    return this.#all
  }

  get keys() {
    return this.#of.size
  }

  /** True: there is a place, and `leave` has to be called once. */
  enter(key: string, keyMax = this.options.places): boolean {
    const { places, keyPart } = this.options
    const its = this.#of.get(key) ?? 0
    const most = this.#all >= places * busyPart ? Math.min(keyMax, Math.ceil(places * keyPart)) : keyMax
    if (this.#all >= places || its >= most) {
      this.refused++
      return false
    }
    this.#all++
    this.#of.set(key, its + 1)
    return true
  }

  leave(key: string) {
    const its = this.#of.get(key)
    if (its === undefined) throw new RangeError('nobody entered with this key')
    this.#all--
    if (its === 1) this.#of.delete(key)
    else this.#of.set(key, its - 1)
  }
}
