/**
 * Every refusal Gala can answer with. A front end switches on `code`; `retryable` says whether the same request
 * may succeed later without being changed. Codes are only ever added.
 */
export const errorCodes = {
  VALIDATION_FAILED: { status: 400, title: 'The request does not match the contract', retryable: false },
  MALFORMED_BODY: { status: 400, title: 'The body is not valid JSON in UTF-8', retryable: false },
  BAD_REQUEST: { status: 400, title: 'The request cannot be understood', retryable: false },
  UNAUTHENTICATED: { status: 401, title: 'A valid token is needed', retryable: false },
  TOKEN_EXPIRED: { status: 401, title: 'The token has expired', retryable: false },
  FORBIDDEN: { status: 403, title: 'The role of this token does not allow it', retryable: false },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is no such route', retryable: false },
  EVENT_NOT_FOUND: { status: 404, title: 'There is no such event', retryable: false },
  BREAKER_NOT_FOUND: { status: 404, title: 'No process has such a breaker', retryable: false },
  POOL_NOT_FOUND: { status: 404, title: 'No access process knows this pool', retryable: false },
  PROPOSAL_NOT_FOUND: { status: 404, title: 'There is no such proposal, or no longer', retryable: false },
  RULE_NOT_FOUND: { status: 404, title: 'There is no such rule', retryable: false },
  JOB_NOT_FOUND: { status: 404, title: 'There is no such job', retryable: false },
  SLOT_NOT_FOUND: { status: 404, title: 'There is no such slot in the ledger', retryable: false },
  TIMELINE_NOT_FOUND: { status: 404, title: 'The event has no timeline, or no such step', retryable: false },
  REPORT_NOT_FOUND: { status: 404, title: 'No report has been made of this event', retryable: false },
  ROOM_NOT_FOUND: { status: 404, title: 'There is no such room', retryable: false },
  TRACE_NOT_FOUND: { status: 404, title: 'Nothing was kept of this trace', retryable: false },
  MESSAGE_NOT_FOUND: { status: 404, title: 'There is no such message, or no longer', retryable: false },
  // Not 503: for that the edge would answer from an old copy what operators have taken away.
  SWITCHED_OFF: { status: 404, title: 'Operators have switched this off for now', retryable: true },
  PINGBACKS_OFF: { status: 404, title: 'Nobody takes ping-backs down here', retryable: false },
  CACHE_KEY_NOT_HELD: { status: 404, title: 'No process holds this key', retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route does not take this method', retryable: false },
  MUTED: { status: 403, title: 'This viewer may not write here for now', retryable: false },
  SECOND_PERSON_NEEDED: { status: 403, title: 'Whoever proposed it cannot confirm it', retryable: false },
  LEVEL_OUT_OF_ORDER: { status: 409, title: 'Levels are stepped back one at a time', retryable: false },
  STALE_VERSION: { status: 409, title: 'Somebody changed it in the meantime', retryable: false },
  ROOM_CLOSED: { status: 409, title: 'The room is not open', retryable: false },
  TRACING_OFF: { status: 409, title: 'Traces cannot be forced here', retryable: false },
  SLOT_NOT_OPEN: { status: 409, title: 'The slot is past what was asked for', retryable: false },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    title: 'The first request with this idempotency key is still under way',
    retryable: true,
  },
  BODY_TOO_LARGE: { status: 413, title: 'The body is larger than the route takes', retryable: false },
  URI_TOO_LONG: { status: 414, title: 'The address is longer than the platform takes', retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be application/json', retryable: false },
  PROTOCOL_NOT_AVAILABLE: { status: 422, title: 'No line offers this streaming protocol', retryable: false },
  TEXT_REFUSED: { status: 422, title: 'This text is not shown here', retryable: false },
  GIFT_UNKNOWN: { status: 422, title: 'There is no such gift', retryable: false },
  QUERY_REFUSED: { status: 422, title: 'This is not a query the lake answers', retryable: false },
  QUERY_CUT: { status: 422, title: 'The query takes more than one may take', retryable: false },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key belongs to another request', retryable: false },
  RATE_LIMITED: { status: 429, title: 'More is asked than this limit allows', retryable: true },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are larger than the platform takes', retryable: false },
  INTERNAL: { status: 500, title: 'Something failed on our side', retryable: true },
  OVERLOADED: { status: 503, title: 'Less important work is left out right now', retryable: true },
  DEADLINE_EXCEEDED: { status: 503, title: 'The time for this answer was over before work began', retryable: true },
  PIPELINE_UNAVAILABLE: { status: 503, title: 'The pipeline of this data centre cannot be asked', retryable: true },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database cannot be reached', retryable: true },
  DATABASE_READ_ONLY: { status: 503, title: 'Nothing can be written right now, only read', retryable: true },
  WRITER_NOT_MOVED: { status: 409, title: 'The writer cannot be moved like this now', retryable: false },
  BOOKING_UNAVAILABLE: { status: 503, title: 'The write cannot be taken down right now', retryable: true },
  ROOM_UNAVAILABLE: { status: 503, title: 'The room cannot be reached in this data centre right now', retryable: true },
  COUNTERS_UNAVAILABLE: { status: 503, title: 'The counters cannot be read right now', retryable: true },
  UPSTREAM_UNAVAILABLE: { status: 503, title: 'No data centre can answer right now', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>

export type ErrorCode = keyof typeof errorCodes

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorCodes, code)

/** One field that was refused and why. `path` is dotted, from the part it came in: `query.page`, `body.count`. */
export interface FieldProblem {
  path: string
  message: string
}

/** What "there is no such thing" was made from: it may be remembered until a change of any of these tags. */
export interface RefusalFacts {
  tags: readonly string[]
  position: number
  asOfMs: number
}

/** The body of every error answer (RFC 9457, `application/problem+json`). */
export interface Problem {
  type: string
  title: string
  status: number
  code: ErrorCode
  detail: string
  retryable: boolean
  traceId: string
  errors?: FieldProblem[]
  /** With STALE_VERSION: what the server holds now, so that an editor can show the difference. */
  current?: unknown
}

/** An expected refusal. Anything else that is thrown is a defect and leaves as INTERNAL, without its text. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly errors: FieldProblem[] | undefined
  readonly current: unknown
  readonly made: RefusalFacts | undefined
  /** When it is worth asking again, in milliseconds from now; undefined when nobody knows. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    more: {
      cause?: unknown
      errors?: FieldProblem[]
      current?: unknown
      made?: RefusalFacts
      retryAfterMs?: number
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.name = 'AppError'
    this.code = code
    this.errors = more.errors
    this.current = more.current
    this.made = more.made
    this.retryAfterMs = more.retryAfterMs
  }

  get status(): number {
    return errorCodes[this.code].status
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable
  }

  toProblem(traceId: string): Problem {
    const { status, title, retryable } = errorCodes[this.code]
    return {
      type: `https://gala.invalid/errors/${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      retryable,
      traceId,
      ...(this.errors && { errors: this.errors }),
      ...(this.current !== undefined && { current: this.current }),
    }
  }
}

/** The refusal of one field for what it says, beyond what a schema can tell. `path` is that of a `FieldProblem`. */
export const fieldRefused = (path: string, message: string) =>
  new AppError('VALIDATION_FAILED', `${path}: ${message}`, { errors: [{ path, message }] })
