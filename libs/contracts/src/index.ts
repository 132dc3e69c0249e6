export { opsApi, opsRoutes, publicApi, publicRoutes } from './api.js'
export type { Bootstrap } from './bootstrap.contract.js'
export type { BreakerItem, Receipts, ResilienceProcess } from './breakers.contract.js'
export { type CacheProcess, type CacheReport, cacheReportSchema } from './cache.contract.js'
export { type Change, changeSchema, tags } from './changes.js'
export {
  type BreakerMode,
  type BreakerOrder,
  breakerModes,
  type Control,
  controlKey,
  controlSchema,
  movesMax,
  ordersMax,
  type PoolMove,
  switchOrdersMax,
  type WeightOrder,
} from './control.contract.js'
export { activeEvents, activeKey, counterKeys } from './counters.js'
export { type Criticality, criticalities } from './criticality.js'
export type { DataCentresBoard } from './datacentres.contract.js'
export { errorBudget } from './error-budget.js'
export {
  AppError,
  type ErrorCode,
  errorCodes,
  type FieldProblem,
  fieldRefused,
  isErrorCode,
  type Problem,
  type RefusalFacts,
} from './errors.js'
export { type Event, type EventEdit, eventKinds, eventSchema, eventStatuses, roomStates } from './events.contract.js'
export type { Features } from './features.contract.js'
export { idempotencyKey, slug, text } from './fields.js'
export {
  type AuditEntry,
  type Instance,
  type OpsStreamMessage,
  opsStreamEvents,
  opsStreamPath,
  type Readiness,
  readinessSchema,
  type Topology,
  topologySchema,
} from './fleet.contract.js'
export { type CacheSource, headers, internalHeaders } from './headers.js'
export { type Block, blockTag } from './im/block.js'
export { decodeBlock } from './im/block-reader.js'
export { encodeBlock } from './im/block-writer.js'
export { type AfterClose, afterClose, type CloseReason, closeCodes } from './im/close-codes.js'
export {
  type Cursor,
  cursorText,
  formatCursor,
  hasRead,
  isPast,
  type OriginPosition,
  parseCursor,
} from './im/cursor.js'
export { blockDictionary, deflatedDictionary } from './im/dictionary.js'
export {
  type BlockCoding,
  blockCodings,
  type ClientFrame,
  clientFrameBytesMax,
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
  type ServerFrame,
} from './im/frames.js'
export {
  type Dropped,
  type Gift,
  lanes,
  type MessageType,
  messageTypes,
  type RoomControl,
  type RoomMessage,
  type RoomState,
  roomMessageSchema,
  type Sender,
  textMax,
  type Viewer,
  viewerSchema,
} from './im/message.js'
export { MalformedFrame } from './im/wire.js'
export {
  type Job,
  type JobHandlerInfo,
  type JobItem,
  type SchedulerInfo,
  type Slot,
  type SlotReason,
  type SlotState,
  slotReasons,
  slotStates,
} from './jobs.contract.js'
export {
  type EventTraffic,
  eventTrafficSchema,
  type LakeQueryReply,
  type LakeReport,
  lakeQueryAskSchema,
  lakeQueryReplySchema,
  lakeReportAskSchema,
  lakeReportSchema,
} from './lake.contract.js'
export { likesInboxKey } from './likes.contract.js'
export type { InFlightPolicy, LimitBy, LimitPolicy } from './limit.js'
export { openApiDocument } from './openapi.js'
export {
  type Books,
  type Span,
  type TraceSearch,
  type TracesAsk,
  traceAnswerSchema,
  traceAskSchema,
  tracesAnswerSchema,
  tracesAskSchema,
  type Wall,
  type WholeTrace,
} from './ops-pipeline.contract.js'
export {
  defaultRoomSettings,
  type HeldMessage,
  heldMessageSchema,
  type Mute,
  type PumpReport,
  pumpReportSchema,
  type RoomCockpit,
  type RoomItem,
  type RoomReport,
  type RoomSettings,
  roomReportSchema,
  type WordAct,
  type WordList,
  wordActs,
} from './ops-rooms.contract.js'
export { type Beacon, type BeaconKind, type BeaconRefusal, beaconsMax } from './pingbacks.contract.js'
export { booksAskSchema, type DcBooks, dcBooksSchema } from './pipeline.contract.js'
export { isps, type Play, playSchema, protocols } from './playback.contract.js'
export { defaultPool } from './pools.contract.js'
export { type Programme, programmeKinds, type RunningOrder } from './programmes.contract.js'
export {
  type BreakerReport,
  type BreakerState,
  breakerHintSchema,
  breakerStates,
  durationBoundsMs,
  type LimitReport,
  type ResilienceReport,
  resilienceReportSchema,
  type SheddingReport,
  type TrafficReport,
} from './resilience.contract.js'
export { type RoomMessages, roomSocketPath, roomStreamPath } from './rooms.contract.js'
export {
  criticalityOf,
  kindOf,
  parseInput,
  type Role,
  type Route,
  type RouteInput,
  type RouteReply,
  roles,
  route,
} from './route.js'
export { type Rule, type RuleMode, ruleModes } from './rules.contract.js'
export { isCovered, type Saving, type SavingsFile, savingsFileSchema } from './savings.js'
export {
  eventTime,
  eventTimeMs,
  type JobPolicy,
  jobPolicySchema,
  type Misfire,
  type Overlap,
  overlaps,
  parseEventTime,
  type Schedule,
  scheduleSchema,
} from './schedule.js'
export { type SnapshotReport, snapshotAskSchema, snapshotReportSchema } from './snapshots.contract.js'
export { type Stats, statsSchema } from './stats.contract.js'
export { parseStored } from './stored.js'
export type {
  Plan,
  Proposal,
  Switchboard,
  SwitchDone,
  SwitchItem,
  Traffic,
} from './switches.contract.js'
export {
  type Automatic,
  type AutomaticAct,
  automaticActSchema,
  automaticKey,
  automaticSchema,
  cachedRungMs,
  cutFrom,
  cutMark,
  type LevelOrder,
  levelOrderSchema,
  levelsMax,
  type Rung,
  rungAtLevel,
  rungs,
  type SwitchDependency,
  type SwitchKey,
  type SwitchOrder,
  type SwitchReport,
  type SwitchSource,
  type SwitchSpec,
  switchDependencies,
  switches,
  switchKeys,
  switchOrderSchema,
} from './switches.js'
export {
  approvalsNeeded,
  type EventReport,
  eventReportSchema,
  type ReadinessList,
  readinessListSchema,
  type StepGiven,
  type Timeline,
  type TimelineChange,
  type TimelineStep,
  type TimelineTemplate,
  timelineTemplates,
} from './timeline.contract.js'
