/** What is kept of a key, and what tells whether it may be believed; all from one moment. */
export interface Kept {
  /** The value as it was put there, or null. */
  raw: string | null
  /** The newest change of each tag asked for; 0 when none is known. */
  fences: readonly number[]
  /** Fences of changes up to here may be gone; null when nobody knows, and nothing is to be believed. */
  floor: number | null
  /** All changes up to here have been announced, as far as the store remembers; null when it does not. */
  announced: number | null
}

/** `changed`: there is something else by now; read again. */
export type Claimed = 'claimed' | 'taken' | 'changed'

/**
 * The memory all processes of a data centre share. Calls fail fast; whoever calls goes on without it. A key is always asked
 * for with the same tags: they say where in a cluster it lives.
 * Adapters pass the conformance suite in `./testing`.
 */
export interface SharedStore {
  read(key: string, tags: readonly string[]): Promise<Kept>
  /**
   * Takes the right to load `key`, for at most `forMs`, if the store still holds what was read there (`seen`): who reads,
   * and claims after somebody else has filled the key, must not load what is there.
   */
  claim(key: string, tags: readonly string[], token: string, forMs: number, seen: string | null): Promise<Claimed>
  /** Puts the value there, whoever may load the key by now, and gives the right back if `token` still holds it. */
  fill(key: string, tags: readonly string[], token: string, raw: string, lifeMs: number): Promise<void>
  /** Gives the right back without a value; nothing happens when `token` no longer holds it. */
  release(key: string, tags: readonly string[], token: string): Promise<void>
}
