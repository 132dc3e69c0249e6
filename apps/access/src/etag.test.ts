import { publicApi } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { addressOf } from './address.js'
import { etagOf, matches } from './etag.js'

describe('validators', () => {
  it('change with one byte and not otherwise', () => {
    expect(etagOf(Buffer.from('a'))).toBe(etagOf(Buffer.from('a')))
    expect(etagOf(Buffer.from('a'))).not.toBe(etagOf(Buffer.from('b')))
  })

  it('match alone, in a list, weakened by a proxy, and as the star', () => {
    const etag = etagOf(Buffer.from('a'))
    for (const header of [etag, `"x", ${etag}`, `W/${etag}`, '*'])
      expect([header, matches(header, etag)]).toEqual([header, true])
    for (const header of [undefined, '', '"x"', etag.slice(0, -1)])
      expect([header, matches(header, etag)]).toEqual([header, false])
  })
})

describe('one address for equal questions', () => {
  it('does not depend on the order of the query or on spelt-out defaults', () => {
    const { list } = publicApi.events
    const of = (query: Record<string, unknown>) =>
      addressOf(list, { params: {}, query: list.schemas.query.parse(query), body: undefined })
    expect(of({ status: 'live', page: '1' })).toEqual(of({ page: '1', status: 'live' }))
    expect(of({})).toEqual(of({ page: '1' }))
    expect(of({ page: '2' })).not.toEqual(of({}))
  })
})
