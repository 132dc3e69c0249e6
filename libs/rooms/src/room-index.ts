import type { Clock } from '@gala/kernel'
import { activeRoomsMax } from './rules.js'

/** A room is marked for so long, so that not every message costs a write. */
const markMs = 5_000
const retryMs = 1_000

/**
 * Which rooms there are is kept apart from them: in a cluster it lives on another node. Whoever reads the log starts from it, so a room is
 * marked *before* the first message a process takes in it, and that one waits: nothing stands in a room nobody knows of. What is
 * marked stays for a day, so to mark it again may fail, and rooms can be spoken in while that node is away.
 */
export class RoomIndex {
  readonly #marked = new Map<string, number>()

  constructor(
    private readonly touch: (rooms: readonly (readonly [string, number])[]) => Promise<void>,
    private readonly clock: Clock,
    private readonly onError: (error: unknown) => void,
  ) {}

  async mark(room: string): Promise<void> {
    const untilMs = this.#marked.get(room)
    const nowMs = this.clock.nowMs()
    if (untilMs !== undefined && untilMs > nowMs) return
    if (untilMs === undefined) {
      await this.touch([[room, nowMs + markMs]])
      if (this.#marked.size >= activeRoomsMax) this.#marked.clear()
      this.#marked.set(room, nowMs + markMs)
    } else {
      this.#marked.set(room, nowMs + markMs)
      void this.#again(room)
    }
  }

  /** The room has begun anew: if the whole store was emptied, the mark is gone with it. */
  markAgain(room: string): Promise<void> {
    return this.#again(room)
  }

  async #again(room: string) {
    const nowMs = this.clock.nowMs()
    try {
      await this.touch([[room, nowMs + markMs]])
    } catch (error) {
      this.onError(error)
      this.#marked.set(room, nowMs + retryMs)
    }
  }
}
