import type { CloseReason } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import { inSlices } from './slices.js'

/** Whoever can be sent away. */
interface Leaving {
  close(reason: CloseReason): void
}

interface Departure<T> {
  reason: CloseReason
  /** All of them have their slot within this. */
  overMs: number
  /** After a slot, for whoever is told and goes by itself. */
  graceMs: number
  /** Says when it is to go, if anything is to be said. */
  tell?: (one: T, afterMs: number) => void
}

const tickMs = 50

/**
 * Sends connections away a few at a time, so that those who take them over are not asked by all at once: each has a slot of its own, by
 * chance.
 */
export class Departures {
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Resolves when the last one has been sent away. */
  leave<T extends Leaving>(all: Iterable<T>, { reason, overMs, graceMs, tell }: Departure<T>): Promise<void> {
    const waiting = shuffled([...all], this.random).map((one, i, { length }) => ({
      one,
      slotMs: Math.round((overMs * i) / length),
    }))
    const startMs = this.clock.monotonicMs()
    if (tell) inSlices(waiting, ({ one, slotMs }) => tell(one, slotMs), { clock: this.clock })
    let gone = 0
    return new Promise((resolve) => {
      const tick = () => {
        const nowMs = this.clock.monotonicMs()
        for (let next = waiting[gone]; next && startMs + next.slotMs + graceMs <= nowMs; next = waiting[gone]) {
          next.one.close(reason)
          gone++
        }
        if (gone < waiting.length) return
        stop()
        resolve()
      }
      const stop = this.clock.every(tickMs, tick)
      if (waiting.length === 0) tick()
    })
  }
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [items[i], items[j]] as [T, T]
    items[i] = b
    items[j] = a
  }
  return items
}
