import { randomId } from '@gala/kernel'
import type { EscrowBooks } from './books.js'
import type { GrantStore, Shelf, ShelfGrant } from './grant-store.js'
import type { Grant } from './stock.js'

export interface KeeperOptions {
  books: Pick<EscrowBooks, 'grant' | 'report' | 'settle' | 'unclosed' | 'termMs'>
  /** Of its own data centre. */
  store: GrantStore
  stock: string
  dc: string
  /** Size of one grant: what a data centre that falls silent keeps others from is at most this and the credit. */
  amount: number
  /**
   * How far the data centre may be ahead of what it has reported: what it can issue without the books, and at most what is
   * written off when its store loses its memory.
   */
  credit: number
  /** Below this many left to issue, another grant is asked for. */
  lowWater: number
  /** So much earlier than the books think, the data centre stops issuing: for clocks of different speed. */
  marginMs: number
  newId?: () => string
}

/**
 * Keeps the grants of one stock in one data centre: brings what the books have granted, reports what was issued, settles
 * what has ended. Any number of processes may do it at the same time, and any of them may stop at any moment.
 */
export class GrantKeeper {
  /** Asked for and perhaps granted: asked for again with the same id until there is an answer. */
  #asking: string | undefined

  constructor(private readonly options: KeeperOptions) {}

  /** One round. Safe to call again whatever happened; throws when store or books do not answer. */
  async turn(): Promise<void> {
    const { books, store, stock, dc, lowWater } = this.options
    // The store's time is taken before the books are asked: a term counted from it ends earlier than theirs.
    const shelf = await store.look(stock)
    const granted = await books.unclosed(stock, dc)
    const held = new Set(shelf.grants.map(({ id }) => id))
    let left = 0
    for (const grant of granted) {
      if (held.has(grant.id)) continue
      if (grant.allowance === 0 && grant.state === 'open') left += await this.#bring(shelf, grant)
      else await this.#close(grant.id)
    }
    const open = new Set(granted.filter(({ state }) => state === 'open').map(({ id }) => id))
    for (const own of shelf.grants) {
      if (own.settled) continue
      const goesOn = open.has(own.id) && !own.closed && own.exact && own.issued < own.amount
      if (goesOn) left += await this.#report(shelf, own)
      else await this.#close(own.id)
    }
    if (left < lowWater) await this.#more(shelf)
  }

  /**
   * Only a grant that has no allowance yet may be brought: with one it has been here, and a store that does not know it has
   * lost its memory of what it issued.
   */
  async #bring(shelf: Shelf, { id, token, amount }: Grant): Promise<number> {
    const { store, stock } = this.options
    const endsAtMs = this.#endsAtMs(shelf)
    await store.install(stock, shelf.life, { id, token, amount, endsAtMs })
    return await this.#report(shelf, { id, amount, issued: 0 })
  }

  /** @returns how many of it can still be issued. */
  async #report(shelf: Shelf, own: Pick<ShelfGrant, 'id' | 'amount' | 'issued'>): Promise<number> {
    const { books, store, stock } = this.options
    const grant = await books.report(stock, own.id, own.issued)
    if (grant?.state !== 'open') {
      await this.#close(own.id)
      return 0
    }
    await store.allow(stock, shelf.life, own.id, grant.allowance, this.#endsAtMs(shelf))
    return own.amount - own.issued
  }

  /** Ends it in the store first: what it says then is its last word. */
  async #close(id: string): Promise<void> {
    const { books, store, stock } = this.options
    const { known, issued, exact } = await store.close(stock, id)
    await books.settle(stock, id, { issued, exact: known && exact })
    await store.forget(stock, id)
  }

  async #more(shelf: Shelf): Promise<void> {
    const { books, stock, dc, amount, credit, newId = randomId } = this.options
    this.#asking ??= newId()
    const grant = await books.grant({ id: this.#asking, stock, dc, amount, credit })
    this.#asking = undefined
    if (grant?.state === 'open') await this.#bring(shelf, grant)
  }

  #endsAtMs({ nowMs }: Shelf): number {
    return nowMs + this.options.books.termMs - this.options.marginMs
  }
}
