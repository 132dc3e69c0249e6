import { type Cursor, hasRead, isPast, type RoomState } from '@gala/contracts'
import type { HeldBlock } from './held-block.js'

/** Kept whatever their age, for whoever comes into a room in which little is said. */
const keptMin = 16
/** Two minutes at two blocks a second. */
export const ringBlocksMax = 256
const ringAgeMaxMs = 120_000

/**
 * The newest blocks of a room, in the order they came. A place is counted from the first block this process has ever had of the
 * room: it goes on when the data centre's store begins anew, and says nothing to anybody else.
 */
export class Ring {
  #blocks: HeldBlock[] = []
  #first = 0
  #bytes = 0
  #state: RoomState = {}

  get first(): number {
    return this.#first
  }

  /** The place of the next block. */
  get end(): number {
    return this.#first + this.#blocks.length
  }

  get bytes(): number {
    return this.#bytes
  }

  get last(): HeldBlock | undefined {
    return this.#blocks.at(-1)
  }

  /** What is known of the room by all blocks there have been. */
  get state(): RoomState {
    return this.#state
  }

  at(place: number): HeldBlock | undefined {
    return this.#blocks[place - this.#first]
  }

  /** From a place on. */
  from(place: number, limit = ringBlocksMax): HeldBlock[] {
    const at = place - this.#first
    return this.#blocks.slice(at, at + limit)
  }

  append(block: HeldBlock) {
    this.#blocks.push(block)
    this.#bytes += block.bytes.length
    if (Object.keys(block.block.state).length > 0) this.#state = { ...this.#state, ...block.block.state }
  }

  /** Lets go of what is too old, or too much. */
  prune(nowMs: number, bytesMax: number) {
    let gone = 0
    for (const { heldAtMs, bytes } of this.#blocks) {
      const left = this.#blocks.length - gone
      const tooOld = nowMs - heldAtMs > ringAgeMaxMs && left > keptMin
      if (!tooOld && left <= ringBlocksMax && this.#bytes <= bytesMax) break
      this.#bytes -= bytes.length
      gone++
    }
    if (gone === 0) return
    this.#blocks.splice(0, gone)
    this.#first += gone
  }

  /**
   * Where somebody goes on who has read up to `cursor`, and whether something between there and here is gone.
   */
  placeAfter(cursor: Cursor): { place: number; gap: boolean } {
    // After the last one that has been read: of blocks from before an origin began anew nothing can be told.
    const at = this.#blocks.findLastIndex(({ block }) => isPast(cursor, block.to)) + 1
    const next = this.#blocks[at]
    if (!next) return { place: this.end, gap: false }
    return { place: this.#first + at, gap: !isSeamless(cursor, next) }
  }

  /** Where the newest messages begin, so many at least if there are. */
  placeOfNewest(messages: number): number {
    let place = this.end
    for (let found = 0; found < messages && place > this.#first; place--)
      found += this.at(place - 1)?.block.messages.length ?? 0
    return place
  }
}

/** Whether a block goes on where the cursor ends. An origin that has begun anew took what it had not told with it. */
export function isSeamless(cursor: Cursor, { block: { since, to } }: HeldBlock): boolean {
  for (const [dc, { epoch, seq }] of since) if (!hasRead(cursor, dc, epoch, seq)) return false
  for (const [dc, { epoch }] of cursor) if ((to.get(dc)?.epoch ?? epoch) !== epoch) return false
  return true
}
