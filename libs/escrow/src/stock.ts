/** So many things of one kind that may be given away: prizes, coupons, money in cents. */
export interface Stock {
  id: string
  total: number
  /** Not granted to any data centre, or returned by one. */
  remaining: number
  /** Counts every step that touched the stock. */
  version: number
  /** Nothing is granted of it any more. */
  ended: boolean
}

/**
 * A part of a stock that one data centre may issue from. `open`: it may. `closing`: it has to stop, and what it has issued
 * is not known for sure yet; until its word comes, the difference counts as leased and nobody else gets it. `closed`:
 * the figures are final, but for what turns out to have been issued of what was written off.
 */
export interface Grant {
  id: string
  stock: string
  dc: string
  /** Rises from grant to grant of a stock. */
  token: number
  amount: number
  /** How far the data centre may be ahead of what it has reported. */
  credit: number
  /** It has never been told that it may issue more than this in all. */
  allowance: number
  /** As far as it has been reported. */
  issued: number
  returned: number
  /** Written off: perhaps issued, perhaps not, and given to nobody else. */
  lost: number
  state: 'open' | 'closing' | 'closed'
  /** By the clock of the books. It stops earlier by its own. */
  endsAtMs: number
}

/** What part of a grant nobody has accounted for yet. */
export const outstanding = ({ amount, issued, returned, lost }: Grant) => amount - issued - returned - lost

export type EntryKind = 'created' | 'granted' | 'issued' | 'returned' | 'lost' | 'found'

/** One line of the ledger. Its key is made of what it says, so that nothing can be booked twice. */
export interface Entry {
  key: string
  grant: string | null
  kind: EntryKind
  amount: number
  /** Of the stock, after it. */
  remaining: number
  reason: string
}

/** Where everything is: the sum of all but `total` is `total`. */
export interface Accounts {
  total: number
  remaining: number
  /** With data centres that may issue from it. */
  leased: number
  /** With data centres that may not any more and have not said how much they have issued. */
  awaited: number
  issued: number
  lost: number
}
