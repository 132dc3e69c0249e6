import type { RoomReport, RoomState } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { RoomStore } from '@gala/rooms'

/** What is known of a room besides what is said in it and who is there. What cannot be known right now is left out. */
export interface RoomFacts {
  of(room: string): Promise<RoomState>
}

export interface ViewParts {
  own: Pick<RoomStore, 'reports'>
  peers: ReadonlyMap<string, Pick<RoomStore, 'reports'>>
  facts: RoomFacts
  clock: Clock
  failed: () => void
}

/** A poller asks every two to five seconds; reports count how often one second is asked in. */
const pollerEveryS = 3
/** How long the viewers of a data centre that does not answer are still counted. */
const rememberedMs = 30_000

/** Who is in a room, and what else its viewers are told of it. */
export class RoomView {
  /** In this data centre. */
  viewers = 0
  /** Access processes here that have some of them. */
  processes = 0
  #state: RoomState = {}
  #looked = false
  readonly #peers = new Map<string, { viewers: number; atMs: number }>()
  /** Data centres that have been asked and have not answered yet. */
  readonly #asked = new Set<string>()

  constructor(
    private readonly parts: ViewParts,
    private readonly room: string,
  ) {}

  /** Counts the viewers here. What is known stays when nobody can be asked. */
  async count(): Promise<void> {
    try {
      const reports = await this.parts.own.reports(this.room)
      this.viewers = viewersOf(reports)
      this.processes = reports.filter((report) => viewersOf([report]) > 0).length
      this.#looked = true
    } catch {
      this.parts.failed()
    }
  }

  /** Looks at everything. Never fails: what cannot be known stays as it was. Nobody waits for another data centre. */
  async look(): Promise<void> {
    for (const [dc, peer] of this.parts.peers) void this.#countAt(dc, peer)
    const facts = this.parts.facts.of(this.room).then(
      (state) => {
        this.#state = state
      },
      () => this.parts.failed(),
    )
    await Promise.all([this.count(), facts])
  }

  /** As it is known now, viewers of all data centres counted. */
  get state(): RoomState {
    return this.#looked ? { ...this.#state, online: this.#online } : this.#state
  }

  get #online(): number {
    const nowMs = this.parts.clock.monotonicMs()
    let online = this.viewers
    for (const { viewers, atMs } of this.#peers.values()) if (nowMs - atMs <= rememberedMs) online += viewers
    return online
  }

  async #countAt(dc: string, peer: Pick<RoomStore, 'reports'>) {
    if (this.#asked.has(dc)) return
    this.#asked.add(dc)
    try {
      const viewers = viewersOf(await peer.reports(this.room))
      this.#peers.set(dc, { viewers, atMs: this.parts.clock.monotonicMs() })
    } catch {
      this.parts.failed()
    } finally {
      this.#asked.delete(dc)
    }
  }
}

const viewersOf = (reports: readonly RoomReport[]) =>
  reports.reduce((sum, { sockets, streams, polls }) => sum + sockets + streams + Math.round(polls * pollerEveryS), 0)

/** What of a state is not what was told. */
export function changed(state: RoomState, told: RoomState): RoomState {
  return Object.fromEntries(
    Object.entries(state).filter(([name, value]) => value !== undefined && value !== told[name as keyof RoomState]),
  )
}
