export {
  type Bounds,
  type EventLog,
  LogFull,
  type LoggedRun,
  type Run,
  type Topic,
  Trimmed,
  topics,
} from './event-log.js'
export { Spool, type SpoolOptions } from './spool.js'
export { type FinishedFile, Tail, type TailOptions } from './tail.js'
export { type TailedFile, tailNames } from './tail-files.js'
