/** Why a part did not answer, in words for an operator. */
export function explain(error: unknown): string {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown }
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (name === 'TimeoutError') return 'does not answer in time'
  return String(code ?? message ?? 'does not answer').slice(0, 120)
}
