/** The fake that passes the same conformance suite as the store in Redis. */
export { MemoryRoomStore } from './memory-room-store.js'
