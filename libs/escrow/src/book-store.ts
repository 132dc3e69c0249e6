import type { Entry, EntryKind, Grant, Stock } from './stock.js'

/** Where the books are kept: the one writing database. */
export interface BookStore {
  /** One transaction that nobody else touches this stock in. Nothing of it happens when `work` throws. */
  change<T>(stock: string, work: (page: Page) => Promise<T>): Promise<T>
}

/** One stock's page of the books, held by a transaction. */
export interface Page {
  stock(): Promise<Stock | undefined>
  /** @returns false when there is one already. */
  create(stock: Stock, entry: Entry): Promise<boolean>
  grant(id: string): Promise<Grant | undefined>
  grants(): Promise<Grant[]>
  unclosed(dc: string | undefined): Promise<Grant[]>
  /** Sums of the ledger, by kind. */
  sums(): Promise<Partial<Record<EntryKind, number>>>
  saveStock(stock: Stock): Promise<void>
  save(stock: Stock, grant: Grant, entries: readonly Entry[]): Promise<void>
}
