export { type ChangeBus, fenceKey, floorKey, silenceMs } from './bus.js'
export type { FollowerSignal } from './follower.js'
export { RedisBus } from './redis-bus.js'
export { connectRedis } from './redis-client.js'
