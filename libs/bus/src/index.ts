export { type BusSubscriber, type ChangeBus, fenceKey } from './bus.js'
export { RedisBus } from './redis-bus.js'
export { connectRedis } from './redis-client.js'
