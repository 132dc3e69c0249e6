/** Fakes that pass `./conformance`. */
export { Follower, type ReadAgain } from './follower.js'
export { MemoryBus } from './memory-bus.js'
