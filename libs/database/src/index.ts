export type { Dialect } from './data-source.js'
export { Database, type Positioned } from './database.js'
export { AuditEntity, toAuditEntry } from './entities/audit.entity.js'
export { BreakerOrderEntity, PoolMoveEntity } from './entities/control.entity.js'
export { controlEntities } from './entities/control-entities.js'
export { EventEntity, toEvent } from './entities/event.entity.js'
export { JobEntity, JobSlotEntity, type StoredAttempt, TimelineEntity } from './entities/job.entity.js'
export { KeptReplyEntity } from './entities/kept-reply.entity.js'
export { ProgrammeEntity, RunningOrderEntity, toProgramme } from './entities/programme.entity.js'
export {
  CatalogueEntity,
  GiftEntity,
  RoomMuteEntity,
  RoomSettingsEntity,
  roomEntities,
  toMute,
  toRoomSettings,
  toWordList,
  WordListEntity,
} from './entities/room.entity.js'
export { LevelOrderEntity, ProposalEntity, SwitchOrderEntity, SwitchRuleEntity } from './entities/switch.entity.js'
export { WeightOrderEntity } from './entities/weight.entity.js'
export { MariadbServer } from './mariadb-server.js'
export { migrate } from './migrate.js'
export { addPaneSums, emptyPaneSums, type PaneSums, paneSumNames, paneSumsOf } from './pane-sums.js'
export type { DatabaseServer, Replication, ServerState, SourceAddress } from './server.js'
export { writerOf } from './writer-of.js'
