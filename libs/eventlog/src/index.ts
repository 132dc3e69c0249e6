export { brokersOf } from './ask-kafka.js'
export {
  type Bounds,
  type EventLog,
  LogFull,
  type LoggedRun,
  LogUnreachable,
  partOf,
  type Run,
  runBytesMax,
  type Topic,
  Trimmed,
  topics,
  waitMsMax,
} from './event-log.js'
export { isEventLogUrl, type OpenOptions, openEventLog } from './open-event-log.js'
export { Spool, type SpoolOptions } from './spool.js'
export { type FinishedFile, Tail, type TailOptions } from './tail.js'
export { type TailedFile, tailNames } from './tail-files.js'
