import type { Clock } from '@gala/kernel'

/** Nobody else waits longer than this for their turn, and one item. */
const sliceMs = 8
/** To ask for the time costs a part of what one item does. */
const lookEvery = 16

/**
 * Does something for each of many, and lets everybody else have their turn in between: ten thousand writes in one go would hold a
 * process up for 70 ms. What joins the set meanwhile may be reached or not.
 */
export function inSlices<T>(
  items: Iterable<T>,
  each: (item: T) => void,
  { clock, afterSlice, done }: { clock: Clock; afterSlice?: () => void; done?: () => void },
): void {
  const all = items[Symbol.iterator]()
  const slice = () => {
    const untilMs = clock.monotonicMs() + sliceMs
    for (let count = 1; ; count++) {
      const { value, done: ended } = all.next()
      if (ended) {
        afterSlice?.()
        return done?.()
      }
      each(value)
      if (count % lookEvery === 0 && clock.monotonicMs() >= untilMs) break
    }
    afterSlice?.()
    setImmediate(slice)
  }
  slice()
}
