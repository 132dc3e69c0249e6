import type { Rung } from '@gala/contracts'

/**
 * How many chat messages a second a room shows at most, by how many are in it.
 *
 * Somebody who reads takes in four or five lines a second, and a screen that moves on faster is looked at for its mood. So a small
 * room, where people talk with one another, is left alone, and a large one is capped where others cap theirs (AWS IVS 10 a
 * second, ZEGO 10 to 20, Agora 30, Tencent 40). What it saves grows with the room: a message is some 70 bytes of a block, so
 * 100,000 viewers at 20 a second are 100,000 × 20 × 70 B = 140 MB/s of a data centre's uplink, and at 60 they were 420. Above that
 * 15 hold a million viewers at what 250,000 would be at 60.
 */
const caps = [
  { below: 100, perS: 60 },
  { below: 1_000, perS: 40 },
  { below: 10_000, perS: 30 },
  { below: 100_000, perS: 20 },
  { below: Number.POSITIVE_INFINITY, perS: 15 },
] as const

export function chatPerS(viewers: number, rung: Rung): number {
  if (rung === 'static' || rung === 'omit') return 0
  const perS = caps.find(({ below }) => viewers < below)?.perS ?? caps[0].perS
  return rung === 'cached' ? perS / 2 : perS
}

/**
 * What may still be shown under the cap. Holds one second's worth, the longest window there is: less would leave messages out
 * of a room that is far below its cap, because people laugh at the same time.
 */
export class ChatBudget {
  #left = Number.POSITIVE_INFINITY
  #atMs = Number.NEGATIVE_INFINITY

  /** Whole messages. */
  left(perS: number, nowMs: number): number {
    const sinceS = Math.max(0, nowMs - this.#atMs) / 1_000
    this.#left = Math.min(perS, this.#left + sinceS * perS)
    this.#atMs = nowMs
    return Math.floor(this.#left)
  }

  take(messages: number) {
    this.#left -= messages
  }
}
