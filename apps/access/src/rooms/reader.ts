import type { CloseReason } from '@gala/contracts'
import type { Feed } from './feed.js'
import type { FeedReader, Move } from './feed-reader.js'
import type { HeldBlock } from './held-block.js'

/** Who is further behind than this gets what they missed as one block without its chat. */
const behindMax = 3

/**
 * Somebody who is given every block of a room, from their own place on. What stands between that place and the newest block is not
 * kept for them: it is in the ring, for all.
 */
export abstract class Reader implements FeedReader {
  #feed: Feed | undefined
  /** The place of the next block. */
  #next = 0
  /** Up to here nothing is left out: what somebody missed who comes back. */
  #wholeUntil = 0
  /** From before the ring. */
  #older: readonly HeldBlock[] = []
  #olderAt = 0

  abstract readonly room: string
  /** Asks the client to go. */
  abstract move(move: Move): void
  /** Sends it away. */
  abstract close(reason: CloseReason): void
  protected abstract readonly kind: 'socket' | 'stream'
  /** Whether what was written before has been taken. */
  protected abstract mayWrite(): boolean
  protected abstract write(block: HeldBlock): void
  /** Several blocks in one go. */
  protected abstract gather(write: () => void): void
  /** What comes next for them is no longer kept. */
  protected abstract lost(): void

  get feed(): Feed | undefined {
    return this.#feed
  }

  /** Joins a room, at a place of its ring and after what is older. */
  protected enter(feed: Feed, place: number, older: readonly HeldBlock[]) {
    this.#feed = feed
    this.#next = place
    this.#older = older
    this.#olderAt = 0
    this.#wholeUntil = feed.ring.end
    feed.readers.add(this)
    feed.tally.readers[this.kind]++
  }

  protected leave() {
    if (this.#feed?.readers.delete(this)) this.#feed.tally.readers[this.kind]--
    this.#feed = undefined
    this.#older = []
  }

  get isLost(): boolean {
    return this.#feed !== undefined && this.#next < this.#feed.ring.first
  }

  /** Writes what there is and may be. */
  advance() {
    const feed = this.#feed
    if (!feed || !this.mayWrite()) return
    const left = this.#older.length - this.#olderAt + feed.ring.end - this.#next
    if (left === 1 && this.#olderAt === this.#older.length) this.#step(feed)
    else if (left > 0) this.gather(() => this.#catchUp(feed))
  }

  #catchUp(feed: Feed) {
    for (; this.#olderAt < this.#older.length; this.#olderAt++) {
      const block = this.#older[this.#olderAt]
      if (!this.mayWrite()) return
      if (!block) continue
      this.write(block)
      feed.tally.delivered.add(block.block.messages.length)
    }
    this.#older = []
    this.#olderAt = 0
    while (this.#feed === feed && this.#next < feed.ring.end && this.mayWrite()) this.#step(feed)
  }

  #step(feed: Feed) {
    const { ring } = feed
    if (this.#next < ring.first) return this.lost()
    const isBehind = ring.end - this.#next > behindMax && this.#next >= this.#wholeUntil
    const skipped = isBehind ? feed.digestFrom(this.#next) : undefined
    const block = skipped?.block ?? ring.at(this.#next)
    // What somebody missed is late because they were away: that says nothing of us.
    const isLate = this.#next < this.#wholeUntil
    this.#next += skipped?.count ?? 1
    if (!block) return
    this.write(block)
    if (skipped) feed.tally.skipped.add(skipped.count)
    else if (isLate) feed.tally.delivered.add(block.block.messages.length)
    else feed.wrote(block)
  }
}
