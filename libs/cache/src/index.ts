export { Cache, type CacheCounts, type Cached, type Lookup } from './cache.js'
export type { Loaded } from './entry.js'
export { RedisStore } from './redis-store.js'
