/** Fakes that pass the conformance suites of the real ones. */
export { MemoryBookStore } from './memory-book-store.js'
export { MemoryGrantStore } from './memory-grant-store.js'
