import type { Clock } from '@gala/kernel'
import type { LoggedMessage, RoomStore } from '@gala/rooms'
import { StoreLease } from '../store-lease.js'

export interface MirrorParts {
  own: RoomStore
  peer: RoomStore
  clock: Clock
  /** Another one for each life of a process. */
  holder: string
  /** In [0, 1). */
  chance: () => number
  failed: (peer: string) => void
  took: (peer: string, messages: number) => void
}

const pageMax = 1_000
const waitMs = 1_000
/** While another process mirrors. */
const standByMs = 1_000
const pauseMs = { first: 250, most: 5_000 }
/** A process that fails so often in a row lets another one try. */
const failuresMax = 3

/**
 * Takes over what another data centre accepts, for as long as this process holds the lease for that.
 *
 * It remembers nothing that counts: where to go on in a room is what the own store says it has of that data centre, and the store
 * takes nothing before which something is missing. So whatever becomes of this process, of the own store, or of a page half
 * taken over, everything that is still kept there comes once and in its order. Two that mirror at the same time do each other
 * no harm; the lease only saves the traffic.
 */
export class Mirror {
  readonly ended: Promise<void>
  readonly #stopped = new AbortController()
  #at = '0'
  readonly #lease: StoreLease
  #failures = 0
  #lagMs = 0
  #answeredMs: number
  #active = false

  constructor(private readonly parts: MirrorParts) {
    this.#lease = new StoreLease(parts.own, parts.clock, `@mirror:${parts.peer.dc}`, parts.holder)
    this.#answeredMs = parts.clock.monotonicMs()
    this.ended = this.#run()
  }

  get peer(): string {
    return this.parts.peer.dc
  }

  /** How late messages come over from there, or for how long nobody has answered; undefined while another process mirrors. */
  get lagMs(): number | undefined {
    if (!this.#active) return undefined
    const silentMs = this.parts.clock.monotonicMs() - this.#answeredMs
    return Math.max(this.#lagMs, silentMs > 2 * waitMs ? silentMs : 0)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.ended
  }

  async #run() {
    const { clock, failed } = this.parts
    while (!this.#stopped.signal.aborted) {
      try {
        if (!(await this.#holds())) {
          await clock.sleep(standByMs, this.#stopped.signal)
          continue
        }
        await this.#turn()
        this.#failures = 0
      } catch {
        failed(this.peer)
        this.#failures++
        this.#lease.doubt()
        if (this.#failures % failuresMax === 0) await this.#release()
        await clock.sleep(this.#pauseMs(), this.#stopped.signal)
      }
    }
    await this.#release()
  }

  async #holds(): Promise<boolean> {
    const holds = await this.#lease.holds()
    if (holds && !this.#active) this.#answeredMs = this.parts.clock.monotonicMs()
    this.#active = holds
    return holds
  }

  async #turn() {
    const { own, peer, clock, took } = this.parts
    const page = await peer.log(this.#at, pageMax, waitMs, (room) => own.takenOver(room, peer.dc))
    this.#answeredMs = clock.monotonicMs()
    const rooms = [...Map.groupBy(page, ({ room }) => room)]
    const taken = await Promise.all(rooms.map(([room, its]) => own.takeOver(room, peer.dc, its.map(messageOf))))
    const last = page.at(-1)
    if (last) this.#at = last.at
    this.#lagMs = Math.max(0, ...page.map(({ message }) => clock.nowMs() - message.at))
    for (const count of taken) took(peer.dc, count)
  }

  async #release() {
    await this.#lease.release().catch(() => this.parts.failed(this.peer))
  }

  #pauseMs(): number {
    const mostMs = Math.min(pauseMs.most, pauseMs.first * 2 ** Math.min(this.#failures - 1, 10))
    return Math.round(mostMs * (0.5 + this.parts.chance() / 2))
  }
}

const messageOf = ({ message }: LoggedMessage) => message
