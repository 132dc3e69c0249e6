/** Fakes that pass `./conformance`. */
export { MemoryStore } from './memory-store.js'
export type { SharedStore } from './shared-store.js'
