/** Fakes that pass `./conformance`. */
export { FollowedBus } from './followed-bus.js'
export { Follower, type ReadAgain } from './follower.js'
export { MemoryBus } from './memory-bus.js'
