import { type Cursor, isPast } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import type { RoomStore, StoredBlock } from '@gala/rooms'
import { LRUCache } from 'lru-cache'
import { digest } from './digest.js'
import type { FeedReader } from './feed-reader.js'
import { HeldBlock } from './held-block.js'
import { isSeamless, Ring, ringBlocksMax } from './ring.js'
import { Tally } from './tally.js'

/** Blocks from before the ring that are read for whoever comes back late. */
const olderMax = 512
/** Of a room's ring, without what is made of the blocks: three to five times as much with that. */
export const ringBytesMax = 4_194_304
/** For how long what has been read of those is kept for the next. */
const olderKeptMs = 5_000
/** Ranges of blocks made into one: readers that are slow alike share theirs. */
const digestsMax = 64
/** What is read again when something is missing. */
const repairsMax = 3

type Head = { epoch: string; number: number }

export interface FeedParts {
  store: RoomStore
  clock: Clock
  /** The store could not be asked, or had what is no block. */
  onError: (error: unknown) => void
  /** There is something new for its readers. */
  onNews: (feed: Feed) => void
  /** Of the process, by how long deliveries took. */
  delayCounts: number[]
}

/** The newest blocks of one room, and who reads them. */
export class Feed {
  readonly ring = new Ring()
  readonly readers = new Set<FeedReader>()
  readonly tally: Tally
  /** Of its ring: less when there are many rooms. */
  bytesMax = ringBytesMax
  /** When somebody last asked for something. */
  askedAtMs: number
  /** Blocks that have been written since somebody last counted. */
  readonly #wrote: HeldBlock[] = []
  readonly #digests = new LRUCache<string, { block: HeldBlock; count: number }>({ max: digestsMax })
  #repairing: Promise<void> | undefined
  #wanted: Head | undefined
  #older: { blocks: Promise<readonly HeldBlock[]>; before: number; untilMs: number } | undefined

  constructor(
    readonly room: string,
    private readonly parts: FeedParts,
  ) {
    this.askedAtMs = parts.clock.monotonicMs()
    this.tally = new Tally(parts.delayCounts)
  }

  /** Follows the room. @throws the store's error. */
  async open() {
    const { store } = this.parts
    await store.follow(this.room)
    this.#take(await store.blocks(this.room, 0, ringBlocksMax))
  }

  /** Whether there is anybody in it, or was in the last moments. */
  isUsed(forMs: number): boolean {
    return this.readers.size > 0 || this.parts.clock.monotonicMs() - this.askedAtMs < forMs
  }

  /** A block as it was told. One that does not follow on ours is read with what is missing. */
  heard(stored: StoredBlock) {
    const last = this.ring.last?.block
    const isNext = last ? stored.epoch === last.epoch && stored.number === last.number + 1 : stored.number === 1
    if (isNext && !this.#repairing) this.#take([stored])
    else this.ought(stored)
  }

  /** There is a block of this number: what we have not of those up to it is read. */
  ought(head: Head) {
    if (!this.#lacks(head)) return
    this.#wanted = head
    this.#repairing ??= this.#repair().finally(() => {
      this.#repairing = undefined
    })
  }

  /**
   * Where somebody goes on who has read up to `cursor`: blocks from before the ring, the place in it, and whether something
   * between is gone. What is in the ring is not asked of the store.
   */
  async placeAfter(cursor: Cursor): Promise<{ place: number; older: readonly HeldBlock[]; gap: boolean }> {
    const found = this.ring.placeAfter(cursor)
    if (!found.gap || found.place > this.ring.first) return { ...found, older: [] }
    const blocks = await this.#olderBlocks()
    // The ring may have moved on meanwhile: then the place is that of what followed on those.
    const older = blocks.filter(({ block }) => !isPast(cursor, block.to))
    const [first] = older
    const place = Math.max(found.place, this.ring.first)
    return { place, older, gap: (first && !isSeamless(cursor, first)) ?? true }
  }

  /** What follows from a place on, as one block. */
  digestFrom(place: number): { block: HeldBlock; count: number } | undefined {
    const key = `${place}-${this.ring.end}`
    const kept = this.#digests.get(key)
    if (kept) return kept
    const [first, ...rest] = this.ring.from(place).map(({ block }) => block)
    if (!first) return undefined
    const { block, count } = digest([first, ...rest])
    const made = { block: HeldBlock.made(block, this.parts.clock.monotonicMs()), count }
    this.#digests.set(key, made)
    return made
  }

  /** A block has been written to one more reader. */
  wrote(block: HeldBlock) {
    if (block.written++ === 0) this.#wrote.push(block)
  }

  /** Books what has been written, as of now. */
  settle() {
    const nowMs = this.parts.clock.nowMs()
    for (const block of this.#wrote.splice(0)) {
      this.tally.wrote(block, block.written, nowMs)
      block.written = 0
    }
  }

  #lacks({ epoch, number }: Head): boolean {
    const last = this.ring.last?.block
    return last?.epoch !== epoch || last.number < number
  }

  async #repair() {
    const { store, onError } = this.parts
    for (let i = 0; i < repairsMax && this.#wanted && this.#lacks(this.#wanted); i++) {
      const last = this.ring.last?.block
      const after = last?.epoch === this.#wanted.epoch ? last.number : 0
      try {
        this.#take(await store.blocks(this.room, after, ringBlocksMax))
      } catch (error) {
        // The next look at the heads comes within a second.
        return onError(error)
      }
    }
  }

  #take(all: readonly StoredBlock[]) {
    const nowMs = this.parts.clock.monotonicMs()
    let news = false
    for (const stored of all) {
      const last = this.ring.last?.block
      if (last?.epoch === stored.epoch && stored.number <= last.number) continue
      const held = this.#held(stored, nowMs)
      if (!held) continue
      this.ring.append(held)
      news = true
    }
    if (!news) return
    this.ring.prune(nowMs, this.bytesMax)
    this.parts.onNews(this)
  }

  #held({ bytes }: StoredBlock, nowMs: number): HeldBlock | undefined {
    try {
      return HeldBlock.of(bytes, nowMs)
    } catch (error) {
      this.parts.onError(error)
      return undefined
    }
  }

  /** Those the store still has from before the ring: read once for all who come back in the same moment. */
  #olderBlocks(): Promise<readonly HeldBlock[]> {
    const { store, clock, onError } = this.parts
    const oldest = this.ring.at(this.ring.first)?.block
    const nowMs = clock.monotonicMs()
    if (!oldest) return Promise.resolve([])
    if (this.#older && this.#older.before === oldest.number && nowMs < this.#older.untilMs) return this.#older.blocks
    const after = Math.max(0, oldest.number - 1 - olderMax)
    const limit = (this.ring.last?.block.number ?? oldest.number) - after
    const blocks = store.blocks(this.room, after, limit).then(
      (all) =>
        all
          .filter(({ epoch, number }) => epoch === oldest.epoch && number < oldest.number)
          .flatMap((stored) => this.#held(stored, nowMs) ?? []),
      (error: unknown) => {
        onError(error)
        return []
      },
    )
    this.#older = { blocks, before: oldest.number, untilMs: nowMs + olderKeptMs }
    return blocks
  }
}
