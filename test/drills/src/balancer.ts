import { request } from 'undici'
import { pause } from './faults.js'

const lookEveryMs = 250
const lookWithinMs = 1_000

/**
 * What stands between viewers and data centres in the world: it asks each edge whether to send viewers there, and sends those of
 * one that says no to the next one that says yes. When all say no it changes nothing.
 */
export class Balancer {
  /** Changes of mind about an edge. */
  moves = 0
  readonly #ready = new Map<string, boolean>()
  #going = true
  readonly #ended: Promise<unknown>

  constructor(private readonly edges: readonly string[]) {
    this.#ended = Promise.all(edges.map((edge) => this.#watch(edge)))
  }

  /** Where viewers of this edge are sent now. */
  sendTo(edge: string): string {
    const isReady = (of: string) => this.#ready.get(of) !== false
    return isReady(edge) ? edge : (this.edges.find(isReady) ?? edge)
  }

  async stop() {
    this.#going = false
    await this.#ended
  }

  async #watch(edge: string) {
    while (this.#going) {
      const before = this.#ready.get(edge) ?? true
      const ready = await isReady(edge)
      if (ready !== before) this.moves++
      this.#ready.set(edge, ready)
      await pause(lookEveryMs)
    }
  }
}

async function isReady(edge: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${edge}/edgez`, { signal: AbortSignal.timeout(lookWithinMs) })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}
