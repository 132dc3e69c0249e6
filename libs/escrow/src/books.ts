import { AppError } from '@gala/contracts'
import type { Clock } from '@gala/kernel'
import {
  accountsOf,
  discrepancies,
  granted,
  type LastWord,
  reported,
  type Step,
  settled,
  takenBack,
} from './book-rules.js'
import type { BookStore, Page } from './book-store.js'
import type { Accounts, Grant, Stock } from './stock.js'

export interface BooksOptions {
  store: BookStore
  clock: Pick<Clock, 'nowMs'>
  /** A data centre that has not reported for so long does not issue any more. */
  termMs: number
  /** Allowed for clocks that run at different speeds, or are those of another server after a change of writer. */
  graceMs: number
}

export interface GrantAsk {
  /** Made by the caller: asking again with it gives the same grant. */
  id: string
  stock: string
  dc: string
  amount: number
  credit: number
}

/**
 * The global level: what every stock has and who holds which part of it. Each call is one transaction on the writing database
 * and may be repeated: it is known by an id the caller made, or says how things are instead of what to add.
 *
 * All of them throw AppError DATABASE_UNAVAILABLE when the writer does not answer: it may have happened, so ask again.
 */
export class EscrowBooks {
  readonly termMs: number

  constructor(private readonly options: BooksOptions) {
    this.termMs = options.termMs
  }

  /** @throws AppError STALE_VERSION when there is such a stock with another total. */
  async create(id: string, total: number): Promise<Stock> {
    if (!Number.isSafeInteger(total) || total < 1) throw new AppError('BAD_REQUEST', 'a stock is a whole number')
    const stock = { id, total, remaining: total, version: 1, ended: false }
    const key = `${id}:created`
    return await this.options.store.change(id, async (page) => {
      if (
        await page.create(stock, { key, grant: null, kind: 'created', amount: total, remaining: total, reason: '' })
      ) {
        return stock
      }
      const there = await stockOf(page, id)
      if (there.total === total) return there
      throw new AppError('STALE_VERSION', `stock ${id} has another total`, { current: there })
    })
  }

  /** A part of what remains for a data centre, or undefined when nothing does. It may not be issued from before a report. */
  async grant({ stock: id, ...terms }: GrantAsk): Promise<Grant | undefined> {
    return await this.options.store.change(id, async (page) => {
      const known = await page.grant(terms.id)
      if (known) return known
      const stock = await stockOf(page, id)
      if (stock.ended || stock.remaining === 0) return undefined
      return await saved(page, granted(stock, terms, this.#endsAtMs()))
    })
  }

  /**
   * What a data centre has issued of a grant until now. The answer holds how much it may issue in all and for how long:
   * `termMs` counted from *before* it asked. Undefined when there is no such grant.
   */
  report(stock: string, id: string, issued: number): Promise<Grant | undefined> {
    return this.#step(stock, id, (held, grant) => reported(held, grant, issued, this.#endsAtMs()))
  }

  /** Ends a grant: what was never allowed to be issued returns at once, the rest when the data centre has settled it. */
  takeBack(stock: string, id: string, reason: string): Promise<Grant | undefined> {
    return this.#step(stock, id, (held, grant) => takenBack(held, grant, reason))
  }

  /** Grants nothing of the stock any more, and takes back what is granted. Its accounts are final when nothing is awaited. */
  async end(id: string, reason: string): Promise<void> {
    await this.options.store.change(id, async (page) => {
      let stock = await stockOf(page, id)
      stock = { ...stock, ended: true, version: stock.version + 1 }
      await page.saveStock(stock)
      for (const grant of await page.unclosed(undefined)) {
        const step = takenBack(stock, grant, reason)
        await saved(page, step)
        stock = step.stock
      }
    })
  }

  /** The last word of a data centre that has stopped issuing from a grant. */
  settle(stock: string, id: string, word: LastWord): Promise<Grant | undefined> {
    const reason = word.exact ? '' : 'its store lost its memory'
    return this.#step(stock, id, (held, grant) => settled(held, grant, word, reason))
  }

  /**
   * Closes a grant whose data centre says nothing: what it has not accounted for, up to its allowance, is nobody's for good.
   * @throws AppError STALE_VERSION while it may still be issuing.
   */
  writeOff(stock: string, id: string, reason: string): Promise<Grant | undefined> {
    return this.#step(stock, id, (held, grant) => {
      const overMs = grant.endsAtMs + this.options.graceMs
      if (grant.state !== 'closed' && this.options.clock.nowMs() < overMs) {
        throw new AppError('STALE_VERSION', `${grant.dc} may still be issuing from ${id}`, { current: grant })
      }
      return settled(held, grant, { issued: grant.issued, exact: false }, reason)
    })
  }

  /** Grants that are not closed, in the order they were made; of one data centre or of all. */
  async unclosed(stock: string, dc?: string): Promise<Grant[]> {
    return await this.options.store.change(stock, (page) => page.unclosed(dc))
  }

  /** Where everything of a stock is, and what does not agree with the ledger: nothing, or somebody has to be woken. */
  async accounts(id: string): Promise<{ accounts: Accounts; discrepancies: string[] }> {
    return await this.options.store.change(id, async (page) => {
      const accounts = accountsOf(await stockOf(page, id), await page.grants())
      return { accounts, discrepancies: discrepancies(accounts, await page.sums()) }
    })
  }

  #endsAtMs = () => this.options.clock.nowMs() + this.termMs

  #step(id: string, grantId: string, rule: (stock: Stock, grant: Grant) => Step): Promise<Grant | undefined> {
    return this.options.store.change(id, async (page) => {
      const stock = await stockOf(page, id)
      const grant = await page.grant(grantId)
      return grant && (await saved(page, rule(stock, grant)))
    })
  }
}

async function saved(page: Page, { stock, grant, entries }: Step): Promise<Grant> {
  await page.save(stock, grant, entries)
  return grant
}

async function stockOf(page: Page, id: string): Promise<Stock> {
  const stock = await page.stock()
  if (!stock) throw new AppError('BAD_REQUEST', `there is no stock ${id}`)
  return stock
}
