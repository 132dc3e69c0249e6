/** A handler that could not do what it is for. What it found out goes into the ledger beside the error. */
export class Failed extends Error {
  readonly retryable: boolean = true

  constructor(
    message: string,
    readonly result?: unknown,
  ) {
    super(message)
  }
}

/** The same, where running it again could only end the same way. */
export class NotRetryable extends Failed {
  override readonly retryable = false
}

/** What base would not do for a run. `code` is one of the platform's error codes, or one of those below. */
export class ActRefused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
  ) {
    super(message)
  }
}

/** The slot was given to somebody else, or is over: nothing this attempt does counts any more. */
export const staleToken = (attempt: number) =>
  new ActRefused('STALE_TOKEN', `attempt ${attempt} is not the one that runs this slot now`, false)

/** It is not the moment for this, and will not be in a while. */
export const notNow = (why: string) => new ActRefused('NOT_NOW', why, false)
