export { type ChangeBus, type PushedValue, pushLengthMax, silenceMs } from './bus.js'
export type { Keyspace } from './keyspace.js'
export { RedisBus } from './redis-bus.js'
export { connectRedis, keyspaceOf, parseRedisUrl } from './redis-client.js'
