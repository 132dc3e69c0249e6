import type { Clock } from '@gala/kernel'

/** How long others wait at most, unless one step of the work takes longer. */
const turnMs = 4

/** Does work that yields now and then, letting others have a turn every few milliseconds. */
export async function inTurns<T>(work: Generator<void, T>, clock: Clock): Promise<T> {
  for (;;) {
    const startedMs = clock.monotonicMs()
    do {
      const step = work.next()
      if (step.done) return step.value
    } while (clock.monotonicMs() - startedMs < turnMs)
    await clock.sleep(0)
  }
}
