/** Codes that mean "this server cannot be talked to", as against "this statement is wrong". */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
])
/** The server answers, and takes no writes: what the transaction did is undone. */
const readOnly = new Set(['ER_OPTION_PREVENTS_STATEMENT', 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION'])

/** Whether `error` says that the server, or the connection to it, is gone or is going. */
export const isUnreachable = (error: unknown): boolean => unreachable.has(codeOf(error)) || isClosed(error)

/** The driver gives no code to what is asked of a connection that was lost a moment before. */
const isClosed = (error: unknown): boolean => {
  const { driverError } = (error ?? {}) as { driverError?: { code?: unknown; fatal?: unknown } }
  return driverError?.fatal === true && driverError.code === undefined
}

/** Whether `error` says that the server may not be written to now. */
export const isReadOnly = (error: unknown): boolean => readOnly.has(codeOf(error))

/** Whether `error` says that two transactions waited for each other, and this one was undone, all of it. */
export const isDeadlock = (error: unknown): boolean => codeOf(error) === 'ER_LOCK_DEADLOCK'

function codeOf(error: unknown): string {
  const fault = error as { code?: unknown; driverError?: { code?: unknown } } | undefined
  return String(fault?.driverError?.code ?? fault?.code)
}
