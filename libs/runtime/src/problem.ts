import { AppError, type ErrorCode, errorCodes, headers, internalHeaders } from '@gala/contracts'
import { randomUnit } from '@gala/kernel'
import { HttpException } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { traceOf } from './trace.js'

/** What the framework refuses by status, in our codes. */
const codeByStatus: Record<number, ErrorCode> = {
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  431: 'HEADERS_TOO_LARGE',
}

/**
 * Any thrown thing as one of our refusals. What nobody expected becomes INTERNAL and keeps its cause for the log; its
 * text never reaches the caller.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const fault = thrown as { code?: unknown; statusCode?: unknown; message?: unknown }
  if (
    typeof fault?.code === 'string' &&
    /^FST_ERR_CTP_(INVALID_JSON_BODY|EMPTY_JSON_BODY|INVALID_CONTENT_LENGTH)$/.test(fault.code)
  ) {
    return new AppError('MALFORMED_BODY', errorCodes.MALFORMED_BODY.title, { cause: thrown })
  }
  if (fault?.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError('UNSUPPORTED_MEDIA_TYPE', errorCodes.UNSUPPORTED_MEDIA_TYPE.title, { cause: thrown })
  }
  const status = thrown instanceof HttpException ? thrown.getStatus() : fault?.statusCode
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const code = codeByStatus[status] ?? 'BAD_REQUEST'
    return new AppError(code, errorCodes[code].title, { cause: thrown })
  }
  return new AppError('INTERNAL', errorCodes.INTERNAL.title, { cause: thrown })
}

/**
 * Seconds after which to come back, spread so that a refused crowd does not return as one: 1 to 5 when nobody knows better,
 * else from the time that is left to twice that, or two seconds more.
 */
export const retryAfterS = ({ retryAfterMs }: Pick<AppError, 'retryAfterMs'> = { retryAfterMs: undefined }): number =>
  retryAfterMs === undefined
    ? 1 + Math.floor(randomUnit() * 5)
    : Math.max(1, Math.ceil(retryAfterMs / 1_000 + randomUnit() * Math.max(retryAfterMs / 1_000, 2)))

/** Sends a refusal as problem+json. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  const { traceparent, traceId } = traceOf(request)
  const comesBack = error.status === 503 || error.status === 429 || error.retryAfterMs !== undefined
  if (error.retryable && comesBack) reply.header('retry-after', retryAfterS(error))
  if (error.made) {
    const { tags, position, asOfMs } = error.made
    reply
      .header(internalHeaders.tags, tags.join(','))
      .header(internalHeaders.position, position)
      .header(headers.asOf, asOfMs)
  }
  return reply
    .status(error.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('traceparent', traceparent)
    .serializer(JSON.stringify)
    .send(error.toProblem(traceId))
}
