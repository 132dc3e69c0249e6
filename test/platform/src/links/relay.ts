import { createServer, type Server } from 'node:net'
import { Crossing } from './crossing.js'
import type { Way } from './lane.js'

/** How a link is. */
export interface LinkState {
  /** One way. */
  delayMs: number
  /** From which places nothing passes: none, one or both. Nobody is told. */
  cutFrom: string[]
  /** How many pieces of a hundred come late because they had to be sent again. */
  lossPercent: number
  /** Connections that are reset each second, chosen by chance. */
  dropPerS: number
}

/** A port on loopback that leads from one place to a port of the other. */
export interface Passage {
  from: string
  listen: number
  port: number
}

/** What the program is started with. */
export interface LinkSpec {
  between: readonly [string, string]
  passages: readonly Passage[]
  controlPort: number
  state: LinkState
}

/** A change of the state, a reset of all connections, or both. */
export type LinkOrder = Partial<LinkState> & { reset?: true }

export interface LinkReport extends LinkState {
  connections: number
  heldBytes: number
  /** By the place they came from. */
  passedBytes: Record<string, number>
}

/** Both data centres' processes keep some hundreds; beyond that the kernel refuses. */
const connectionsMax = 4_096

/** Everything that is said between two places passes here, late, or not at all. */
export class Relay {
  readonly #ways: Record<string, Way>
  readonly #crossings = new Set<Crossing>()
  readonly #servers: Server[] = []
  #dropper: NodeJS.Timeout | undefined

  private constructor(
    private readonly between: readonly [string, string],
    private state: LinkState,
  ) {
    const way = (): Way => ({ open: true, delayMs: 0, lossPercent: 0, heldBytes: 0, passedBytes: 0 })
    this.#ways = Object.fromEntries(between.map((place) => [place, way()]))
    this.order({})
  }

  /** Listens on every passage. @throws when a port is taken. */
  static async open(between: readonly [string, string], passages: readonly Passage[], state: LinkState) {
    const relay = new Relay(between, state)
    await Promise.all(passages.map((passage) => relay.#listen(passage)))
    return relay
  }

  get report(): LinkReport {
    const ways = this.between.map((place) => [place, this.#way(place)] as const)
    return {
      ...this.state,
      connections: this.#crossings.size,
      heldBytes: ways.reduce((all, [, { heldBytes }]) => all + heldBytes, 0),
      passedBytes: Object.fromEntries(ways.map(([place, { passedBytes }]) => [place, passedBytes])),
    }
  }

  /** Changes what is named. What is under way keeps its order; what is held on a way that opens goes on. */
  order(change: Partial<LinkState>) {
    this.state = { ...this.state, ...change }
    const { delayMs, lossPercent, cutFrom, dropPerS } = this.state
    for (const place of this.between) {
      Object.assign(this.#way(place), { delayMs, lossPercent, open: !cutFrom.includes(place) })
    }
    clearInterval(this.#dropper)
    if (dropPerS > 0) this.#dropper = setInterval(() => this.#drop(), 1_000 / dropPerS)
    for (const crossing of this.#crossings) crossing.flow()
  }

  /** Every connection is reset, at both ends. */
  reset() {
    for (const crossing of this.#crossings) crossing.reset()
  }

  close() {
    clearInterval(this.#dropper)
    for (const server of this.#servers) server.close()
    this.reset()
  }

  #listen({ from, listen, port }: Passage): Promise<void> {
    const other = this.between.find((place) => place !== from) ?? from
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const crossing: Crossing = new Crossing(near, port, this.#way(from), this.#way(other), () => {
        this.#crossings.delete(crossing)
      })
      this.#crossings.add(crossing)
    })
    server.maxConnections = connectionsMax
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(listen, '127.0.0.1', resolve)
    })
  }

  #drop() {
    const all = [...this.#crossings]
    all[Math.floor(Math.random() * all.length)]?.reset()
  }

  #way(place: string): Way {
    const way = this.#ways[place]
    if (!way) throw new Error(`${place} is not at an end of this link`)
    return way
  }
}
