import type { Clock } from '@gala/kernel'
import type { LoggedMessage, RoomStore } from '@gala/rooms'
import { StoreLease } from '../store-lease.js'

/** Up to where messages of a room have been copied. */
export interface CopiedUpTo {
  epoch: string
  seq: number
}

export interface CopierParts {
  own: RoomStore
  clock: Clock
  /** Another one for each life of a process. */
  holder: string
  /** Resolves when they are on a disk. @throws when there is no room for them. */
  copy: (messages: readonly LoggedMessage[]) => Promise<void>
  copiedUpTo: (room: string) => Promise<CopiedUpTo | undefined>
  keepUpTo: (room: string, at: CopiedUpTo) => Promise<void>
  failed: () => void
}

const pageMax = 500
/**
 * Nobody waits for a copy, and one of many messages costs as much as one of one: what is said for so long is copied together. In a flood
 * pages are longer than that and follow each other at once, for chat is pushed out of a room after some 2,000 messages.
 */
const gatherMs = 250
const floodFrom = 100
const waitMs = 1_000
/** While another process copies, and after a turn that failed. */
const standByMs = 1_000
const pauseMs = 2_000
/** A process that fails so often in a row lets another one try. */
const failuresMax = 3

/**
 * Copies what this data centre accepts out of the log of its rooms, for as long as this process holds the lease for that: nothing is
 * added to the way a message takes. How far it has come is kept after the copies are on a disk, so a process that ends between the two
 * copies some of them again, under the same ids. A flood pushes chat out of the log before it can be copied; nothing else goes that way.
 */
export class MessageCopier {
  readonly ended: Promise<void>
  readonly #stopped = new AbortController()
  #at = '0'
  readonly #lease: StoreLease
  #failures = 0

  constructor(private readonly parts: CopierParts) {
    this.#lease = new StoreLease(parts.own, parts.clock, '@audit', parts.holder)
    this.ended = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.ended
  }

  async #run() {
    const { clock, failed } = this.parts
    const { signal } = this.#stopped
    while (!signal.aborted) {
      try {
        if (!(await this.#lease.holds())) await clock.sleep(standByMs, signal)
        else if ((await this.#turn()) < floodFrom) await clock.sleep(gatherMs, signal)
        this.#failures = 0
      } catch {
        failed()
        this.#failures++
        this.#lease.doubt()
        if (this.#failures % failuresMax === 0) await this.#release()
        await clock.sleep(pauseMs, signal)
      }
    }
    await this.#release()
  }

  /** @returns how many were copied. */
  async #turn(): Promise<number> {
    const { own, copy, copiedUpTo, keepUpTo } = this.parts
    const page = await own.log(this.#at, pageMax, waitMs, copiedUpTo)
    const last = page.at(-1)
    if (!last) return 0
    await copy(page)
    const newest = new Map(page.map(({ room, message }) => [room, message.id]))
    await Promise.all([...newest].map(([room, id]) => keepUpTo(room, placeOf(id))))
    this.#at = last.at
    return page.length
  }

  async #release() {
    await this.#lease.release().catch(() => this.parts.failed())
  }
}

function placeOf(id: string): CopiedUpTo {
  const [, epoch = '', seq = ''] = id.split('.')
  return { epoch, seq: Number(seq) }
}
