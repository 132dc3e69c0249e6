/** The fake that passes the same conformance suite as the real logs. */
export { MemoryEventLog, type MemoryEventLogOptions, MemoryParts } from './memory-event-log.js'
