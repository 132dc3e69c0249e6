import { AppError } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { NotFoundException } from '@nestjs/common'
import { toAppError } from './problem.js'
import { traceparentOf } from './trace.js'

describe('whatever is thrown', () => {
  it('becomes a coded refusal', () => {
    const cases: [unknown, string][] = [
      [new AppError('EVENT_NOT_FOUND', 'x'), 'EVENT_NOT_FOUND'],
      [new NotFoundException(), 'ROUTE_NOT_FOUND'],
      [{ code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 }, 'MALFORMED_BODY'],
      [{ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }, 'BODY_TOO_LARGE'],
      [{ statusCode: 418 }, 'BAD_REQUEST'],
      [new Error('SELECT * FROM secrets'), 'INTERNAL'],
      [{ statusCode: 503 }, 'INTERNAL'],
      [undefined, 'INTERNAL'],
      ['text', 'INTERNAL'],
    ]
    for (const [thrown, code] of cases) expect(toAppError(thrown).code).toBe(code)
  })

  it('shows nothing of an unexpected error to the caller, and keeps it for the log', () => {
    const thrown = new Error('SELECT * FROM secrets')
    const error = toAppError(thrown)
    expect(JSON.stringify(error.toProblem('0'.repeat(32)))).not.toContain('secrets')
    expect(error.cause).toBe(thrown)
  })
})

describe('trace context', () => {
  it('is the caller’s when it is valid, else a new one', () => {
    const good = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    expect(traceparentOf(good)).toEqual({ traceparent: good, traceId: 'a'.repeat(32) })
    const bad = [undefined, '', [good], `${good}0`, `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, good.toUpperCase()]
    for (const header of bad) expect(traceparentOf(header).traceId).not.toBe('a'.repeat(32))
  })
})
