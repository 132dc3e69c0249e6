export { RedisRoomStore, type RedisRoomStoreOptions } from './redis-room-store.js'
export type {
  DirectMessage,
  HeldForLater,
  Lease,
  LoggedMessage,
  NewMessage,
  Origin,
  Placed,
  PlacedMessage,
  RoomListener,
  RoomStore,
  StoredBlock,
  Taken,
} from './room-store.js'
