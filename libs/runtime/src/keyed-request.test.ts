import { describe, expect, it } from '@jest/globals'
import { keyedRequestOf } from './keyed-request.js'

const route = { name: 'ops.events.save' }
const key = 'k-1234567'
const asked = { method: 'PUT', url: '/ops/v1/events/gala', body: { title: 'x', expectedVersion: 1 } as unknown }
const keyed = (over: { key?: string; actor?: string; method?: string; url?: string; body?: unknown } = {}) => {
  const { key: sent = key, actor = 'ann', ...rest } = over
  return keyedRequestOf({ ...asked, headers: { 'idempotency-key': sent }, ...rest }, route, actor)
}

describe('keyedRequestOf', () => {
  it('is undefined for a request without a key', () => {
    expect(keyedRequestOf({ ...asked, headers: {} }, route, 'ann')).toBeUndefined()
  })

  it('is the same for the same request, whatever its key is quoted in', () => {
    expect(keyed()).toEqual(keyed({ key: `"${key}"`, body: JSON.parse('{ "title": "x", "expectedVersion": 1 }') }))
    expect(keyed()).toMatchObject({ key, actor: 'ann', route: 'ops.events.save' })
  })

  it('tells apart what asks for something else', () => {
    const others = [{ method: 'POST' }, { url: '/ops/v1/events/other' }, { body: { title: 'y' } }, { body: undefined }]
    const seen = [keyed(), ...others.map(keyed)].map((of) => of?.fingerprint)
    expect(new Set(seen).size).toBe(seen.length)
    expect(new Set([keyed(), ...others.map(keyed)].map((of) => of?.id)).size).toBe(1)
  })

  it('keeps the same key of two actors apart, also when a database would take their names for one', () => {
    const ids = ['ann', 'Ann', 'ann ', 'bob'].map((actor) => keyed({ actor })?.id)
    expect(new Set(ids).size).toBe(4)
  })

  it.each(['k'.repeat(8), 'k'.repeat(64)])('takes a key of the shortest and of the longest form: %s', (sent) => {
    expect(keyed({ key: sent })?.key).toBe(sent)
  })

  it.each(['', 'k'.repeat(7), 'k'.repeat(65), 'with space', 'höhöhöhö', '"12345678', 'k1234567, k1234567'])(
    'refuses %j and names the header',
    (sent) => {
      const refused = { code: 'VALIDATION_FAILED', errors: [{ path: 'headers.idempotency-key' }] }
      expect(() => keyed({ key: sent })).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
      try {
        keyed({ key: sent })
      } catch (error) {
        expect(error).toMatchObject(refused)
      }
    },
  )
})
