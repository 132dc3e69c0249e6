export { Cache, type Cached, type CacheOutcome, type Lookup } from './cache.js'
export type { Loaded } from './entry.js'
