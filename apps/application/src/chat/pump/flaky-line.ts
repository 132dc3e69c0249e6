import type { Clock } from '@gala/kernel'
import type { RoomListener, RoomStore } from '@gala/rooms'

/** For tests: what is between a process and a store. */
export class FlakyLine {
  #dead = false
  #cutUntilMs = 0
  #frozenUntilMs = 0
  readonly #listeners = new Set<RoomListener>()

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** The process is gone in the middle of whatever it did. */
  kill() {
    this.#dead = true
  }

  /** The process stands still and goes on. */
  freeze(ms: number) {
    this.#frozenUntilMs = this.clock.nowMs() + ms
  }

  /** Nothing gets through. */
  cut(ms: number) {
    this.#cutUntilMs = Math.max(this.#cutUntilMs, this.clock.nowMs() + ms)
  }

  heal() {
    this.#cutUntilMs = 0
    this.#frozenUntilMs = 0
    for (const listener of this.#listeners) listener.missed?.()
  }

  /** One call: late, or lost before or after it took effect. */
  async call<T>(run: () => Promise<T>): Promise<T> {
    await this.#way()
    const result = await run()
    await this.#way()
    return result
  }

  hears(listener: RoomListener): RoomListener {
    this.#listeners.add(listener)
    return {
      accepted: (room) => {
        if (!this.#dead && !this.#isCut && this.random() > 0.01) listener.accepted?.(room)
      },
    }
  }

  get #isCut() {
    return this.clock.nowMs() < this.#cutUntilMs
  }

  async #way() {
    const late = this.random()
    if (late < 0.2) await this.clock.sleep(Math.floor(late * 100))
    while (!this.#dead && this.clock.nowMs() < this.#frozenUntilMs)
      await this.clock.sleep(Math.max(1, Math.ceil(this.#frozenUntilMs - this.clock.nowMs())))
    if (this.#dead) await new Promise<never>(() => {})
    if (this.#isCut || this.random() < 0.01) throw new Error('the line is cut')
  }
}

/** A store at the other end of such a line. */
export function lineTo(store: RoomStore, line: FlakyLine): RoomStore {
  return new Proxy(store, {
    get(target, name) {
      const member = target[name as keyof RoomStore]
      if (name === 'listen') return (listener: RoomListener) => target.listen(line.hears(listener))
      if (typeof member !== 'function') return member
      return (...given: never[]) => line.call(() => Reflect.apply(member, target, given) as Promise<unknown>)
    },
  })
}
