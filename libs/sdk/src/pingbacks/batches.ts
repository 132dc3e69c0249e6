import { type Beacon, beaconsMax } from '@gala/contracts'

/** Beacons that wait. The oldest go when there are more: what happens now says more. */
const waitingMax = 200
/** What is older is refused by the platform. Less than its bound: it may be sent once more. */
const ageMaxMs = 10 * 60_000
/** The route takes 32,768; the token and the rest of the body have their part of that. */
const bytesMax = 24_000

/** Beacons under a name of their own: however often they are sent, they are taken once. */
export interface Batch {
  id: string
  beacons: Beacon[]
}

/** What waits to be sent, oldest first. */
export class Batches {
  /** Beacons left out because nobody took them in time. */
  dropped = 0
  #waiting: Beacon[] = []

  get size(): number {
    return this.#waiting.length
  }

  add(beacon: Beacon): void {
    this.#waiting.push(beacon)
    if (this.#waiting.length <= waitingMax) return
    this.#waiting.shift()
    this.dropped++
  }

  /** Takes the next ones out, as many as may go together. */
  next(nowMs: number): Batch | undefined {
    const old = this.#waiting.findIndex(({ at }) => nowMs - at <= ageMaxMs)
    this.dropped += this.#waiting.splice(0, old < 0 ? this.#waiting.length : old).length
    let bytes = 0
    const end = this.#waiting.findIndex((beacon, i) => {
      bytes += JSON.stringify(beacon).length + 1
      return i > 0 && (i >= beaconsMax || bytes > bytesMax)
    })
    const beacons = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
    return beacons.length > 0 ? { id: newId(), beacons } : undefined
  }

  clear(): void {
    this.#waiting = []
  }
}

/** 96 random bits in hex. `randomUUID` is not there on a page without TLS. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
