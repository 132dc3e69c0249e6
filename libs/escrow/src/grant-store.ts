/** What lies in the store of one data centre: its grants of a stock, and which memory of the store they belong to. */
export interface Shelf {
  /** Another one after every loss of memory, and after every restart, because a restart may have lost something. */
  life: string
  /** By the store's clock, the only one that ends what it holds. */
  nowMs: number
  grants: ShelfGrant[]
}

export interface ShelfGrant {
  id: string
  token: number
  amount: number
  allowance: number
  issued: number
  /** In parcels with instances, and not issued. */
  parcelled: number
  endsAtMs: number
  closed: boolean
  /** The books have its last word. */
  settled: boolean
  /** Came in this life of the store, so that its figures are exact. */
  exact: boolean
}

/** A part of a grant that one instance may issue from until its end. */
export interface Parcel {
  /** Its fence: another one each time an instance gets a parcel. 0: none. */
  number: number
  left: number
  forMs: number
}

export interface Issue {
  grant: string
  /** Counts from 1 within the grant: no two claimants have the same pair. */
  serial: number
  /** The claimant had it already. */
  again: boolean
}

export interface Recorded {
  /** In the order of the claimants; undefined: nothing left for this one in the parcel. */
  issues: (Issue | undefined)[]
  /** In the parcel; undefined when it is not the holder's any more. */
  left: number | undefined
}

export interface LastCount {
  /** False: never heard of it, or forgotten; it cannot be put on the shelf any more. */
  known: boolean
  issued: number
  exact: boolean
}

/**
 * The store of one data centre. Each call is one step and may be repeated. Those that let more be issued name the life
 * of the store their caller has seen, so that a message from before a loss of memory changes nothing after it.
 */
export interface GrantStore {
  /** Also takes back the parcels of instances that have not asked in time, and begins a new life where one is due. */
  look(stock: string): Promise<Shelf>
  /** Puts a grant on the shelf, unless one of this id was there. Nothing may be issued from it before `allow`. */
  install(stock: string, life: string, grant: Pick<ShelfGrant, 'id' | 'token' | 'amount' | 'endsAtMs'>): Promise<void>
  /** Never lowers either. */
  allow(stock: string, life: string, id: string, allowance: number, endsAtMs: number): Promise<void>
  /** From here on nothing is issued from it, nor from any parcel of it. */
  close(stock: string, id: string): Promise<LastCount>
  /** Its last word is in the books: only the fact that it was there is kept for a while. */
  forget(stock: string, id: string): Promise<void>
  /** Fills the holder's parcel up to `want`, gives it a new one when it has none, and moves its end. */
  lease(stock: string, holder: string, want: number, leaseMs: number): Promise<Parcel>
  /** Issues one to each claimant from the holder's parcel; who has one already gets the same answer, with or without a parcel. */
  record(stock: string, holder: string, number: number, claimants: readonly string[]): Promise<Recorded>
  giveBack(stock: string, holder: string, number: number): Promise<void>
}
