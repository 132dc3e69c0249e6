/** Fakes that pass `./conformance`, and what tests of real ones need. */
export { FollowedBus } from './followed-bus.js'
export { Follower, type ReadAgain } from './follower.js'
export { MemoryBus } from './memory-bus.js'
export { whenConnected } from './when-connected.js'
