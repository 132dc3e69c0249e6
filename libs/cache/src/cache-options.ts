import type { ChangeBus } from '@gala/bus'
import type { Loaded } from './entry.js'
import type { HotKeysOptions } from './hot-keys.js'
import type { Lookup } from './lookup.js'
import type { SharedStore } from './shared-store.js'
import type { SharedTierOptions } from './shared-tier.js'

export interface CacheOptions extends SharedTierOptions {
  bus: ChangeBus
  /** Memory for values of this process, in bytes as told by `bytesOf`. */
  localBytesMax: number
  /** Tags whose last change is remembered; 100,000 when left out, about 20 MB. */
  tagsMax?: number
  /** Leave it out for a cache of this process alone. */
  shared?: SharedStore
  /** From when on a key is hot. */
  hot?: Partial<HotKeysOptions>
  /** Told of a sample of the reads: of which kind, and how old what was found in memory is, if anything was. */
  onAge?: (kind: string, ageMs: number | undefined) => void
  /** Told of a sample of the reads: what was asked. */
  onSample?: (lookup: Lookup<unknown>) => void
}

export interface Cached<T> extends Readonly<Loaded<T>> {
  readonly source: 'hit' | 'stale' | 'miss'
  /** With `stale`: why it could not be loaded; nothing when that is not known, or only takes too long. */
  readonly because?: unknown
}

export interface Aging<T> {
  readonly found: Cached<T>
  /** Nobody renews it yet. */
  readonly due: boolean
}

/** What a process holds of a key. */
export interface Inspection extends Loaded<unknown> {
  kind: string
  state: 'fresh' | 'aging' | 'old'
  bytes: number
  hot: boolean
}
