import { AppError } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { NotFoundException } from '@nestjs/common'
import { retryAfterS, toAppError } from './problem.js'
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

describe('when to come back', () => {
  const of = (more?: { retryAfterMs: number }) => retryAfterS(new AppError('RATE_LIMITED', 'x', more))
  const many = (more?: { retryAfterMs: number }) => Array.from({ length: 500 }, () => of(more))

  it('is never before the time that is left, at most twice that or two seconds more, and spread', () => {
    const told = many({ retryAfterMs: 9_500 })
    expect([Math.min(...told) >= 10, Math.max(...told) <= 19]).toEqual([true, true])
    expect(new Set(told).size).toBeGreaterThan(5)
    expect([...new Set(many({ retryAfterMs: 500 }))].toSorted()).toEqual([1, 2, 3])
  })

  it('is one to five seconds when nobody knows', () => {
    expect([...new Set(many())].toSorted()).toEqual([1, 2, 3, 4, 5])
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
