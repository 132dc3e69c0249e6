import type { Loaded } from './entry.js'

/** By how much of its time, at most, a value is renewed earlier than it has to be. */
export const jitterPart = 0.1

/** What is asked of a cache: which value, how fresh, and where it comes from. */
export interface Lookup<T> {
  /** What sort of value it is, for metrics; a name in code, never made from input. */
  kind: string
  key: string
  /** What the value will be made from, as far as known before it is loaded. */
  tags: readonly string[]
  /** How long a value is served without asking again, less up to a tenth by chance; a change on the bus ends it early. */
  freshMs: number
  /** For how long after that a value nothing has changed is served while it is renewed; half of `freshMs` when left out. */
  renewMs?: number
  /** How old a value may be served when asking again fails or is slow. */
  staleMs: number
  /** Brings the value, from a source at position `atLeast` or later if there is one. */
  load: (atLeast: number) => Promise<Omit<Loaded<T>, 'asOfMs'> & { asOfMs?: number }>
  /** Estimated memory of a value; its length as JSON when left out. */
  bytesOf?: (value: T) => number
}
