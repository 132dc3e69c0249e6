export type { Answered, AnswerMeta, CallOptions, Transport } from './call.js'
export { createClient, createOpsClient, type GalaClient, type OpsClient } from './client.js'
export { GalaError, type GalaErrorCode } from './error.js'
export type { StreamHandlers } from './stream.js'
