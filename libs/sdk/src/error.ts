import type { ErrorCode, FieldProblem, Problem } from '@gala/contracts'

/** Why a call failed: a code of the platform, or one of the three things that happen before the platform can answer. */
export type GalaErrorCode = ErrorCode | 'NETWORK' | 'TIMEOUT' | 'NOT_GALA'

/** A refused or failed call. Switch on `code`; `retryable` says whether the same call may succeed later. */
export class GalaError extends Error {
  readonly code: GalaErrorCode
  readonly status: number | undefined
  readonly retryable: boolean
  /** How long the platform asks to stay away, in milliseconds. */
  readonly retryAfterMs: number | undefined
  readonly traceId: string | undefined
  readonly errors: readonly FieldProblem[]
  readonly current: unknown

  constructor(
    code: GalaErrorCode,
    message: string,
    problem: Partial<Problem> & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message)
    this.name = 'GalaError'
    this.code = code
    this.status = problem.status
    this.retryable = problem.retryable ?? true
    this.retryAfterMs = problem.retryAfterMs
    this.traceId = problem.traceId
    this.errors = problem.errors ?? []
    this.current = problem.current
  }
}

/** The refusal in an answer of 400 and above. */
export async function errorOf(response: Response): Promise<GalaError> {
  const text = await response.text()
  const afterS = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(afterS) ? afterS * 1000 : undefined
  const { status } = response
  if (response.headers.get('content-type')?.startsWith('application/problem+json')) {
    const problem = JSON.parse(text) as Problem
    return new GalaError(problem.code, problem.detail, { ...problem, retryAfterMs })
  }
  const retryable = status >= 500
  return new GalaError('NOT_GALA', `answered ${status}: ${text.slice(0, 100)}`, { status, retryable, retryAfterMs })
}
