/** A value that tells when it is another one. Its two functions are what React's `useSyncExternalStore` takes, as they are. */
export interface Watched<T> {
  /** @returns how to stop being told. */
  readonly subscribe: (changed: () => void) => () => void
  /** The same object until something has changed. */
  readonly getSnapshot: () => T
}

export class Kept<T> implements Watched<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  readonly getSnapshot = () => this.#value

  readonly subscribe = (changed: () => void) => {
    const listener = () => changed()
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of [...this.#listeners]) handOut(listener)
  }
}

/** Calls what belongs to the page. What it throws is the page's to see, and not ours to stumble over halfway through a block. */
export function handOut(call: () => void): void {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
