import type { BookStore, Page } from './book-store.js'
import type { Entry, Grant, Stock } from './stock.js'

/** Books in memory, for tests. Transactions come one after the other and are undone when they fail. */
export class MemoryBookStore implements BookStore {
  stocks = new Map<string, Stock>()
  /** By stock and id. */
  grants = new Map<string, Grant>()
  ledger: (Entry & { stock: string })[] = []
  #last: Promise<unknown> = Promise.resolve()

  change<T>(stock: string, work: (page: Page) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#transaction(stock, work))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #transaction<T>(stock: string, work: (page: Page) => Promise<T>): Promise<T> {
    const before = { stocks: new Map(this.stocks), grants: new Map(this.grants), length: this.ledger.length }
    try {
      return await work(this.#page(stock))
    } catch (error) {
      this.stocks = before.stocks
      this.grants = before.grants
      this.ledger.length = before.length
      throw error
    }
  }

  #page(id: string): Page {
    const ofStock = <T extends { stock: string }>(items: Iterable<T>) => [...items].filter(({ stock }) => stock === id)
    const write = (entry: Entry) => {
      if (ofStock(this.ledger).some(({ key }) => key === entry.key)) throw new Error(`${entry.key} is booked already`)
      this.ledger.push({ ...entry, stock: id })
    }
    return {
      stock: async () => this.stocks.get(id),
      create: async (stock, entry) => {
        if (this.stocks.has(id)) return false
        this.stocks.set(id, stock)
        write(entry)
        return true
      },
      grant: async (grant) => this.grants.get(`${id} ${grant}`),
      grants: async () => ofStock(this.grants.values()),
      unclosed: async (dc) => {
        const grants = ofStock(this.grants.values()).filter(({ state }) => state !== 'closed')
        return dc === undefined ? grants : grants.filter((grant) => grant.dc === dc)
      },
      sums: async () => {
        const sums: Partial<Record<Entry['kind'], number>> = {}
        for (const { kind, amount } of ofStock(this.ledger)) sums[kind] = (sums[kind] ?? 0) + amount
        return sums
      },
      saveStock: async (stock) => void this.stocks.set(id, stock),
      save: async (stock, grant, entries) => {
        this.stocks.set(id, stock)
        this.grants.set(`${id} ${grant.id}`, grant)
        for (const entry of entries) write(entry)
      },
    }
  }
}
