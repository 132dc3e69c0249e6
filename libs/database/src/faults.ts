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
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
])

/** Whether `error` says that the server is gone, is going, or may not be written to now. */
export function isUnreachable(error: unknown): boolean {
  const fault = error as { code?: unknown; driverError?: { code?: unknown } } | undefined
  const code = fault?.driverError?.code ?? fault?.code
  return typeof code === 'string' && unreachable.has(code)
}
