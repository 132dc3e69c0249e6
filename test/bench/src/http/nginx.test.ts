import { describe, expect, it } from '@jest/globals'
import { type Answer, differences, documentOf } from './document.js'
import { cachingConf, returningConf } from './nginx.js'

const answer: Answer = {
  status: 200,
  headers: [
    'Date',
    'now',
    'x-gala-cache',
    'hit',
    'age',
    '3',
    'content-type',
    'application/json',
    'content-length',
    '9',
  ],
  body: `{"a":"'"}`,
  bytes: 9,
}
const document = documentOf('/v1/events/one', answer)

describe('the document all contenders answer', () => {
  it('leaves out what every server says by itself', () => {
    expect(document.headers).not.toContain('date')
    expect(document.headers).toEqual(expect.arrayContaining(['x-gala-cache', 'hit']))
  })

  it('is the same when only the moment differs', () => {
    const later = answer.headers.map((value) => (value === '3' ? '4' : value))
    expect(differences(document, { ...answer, headers: later })).toEqual([])
  })

  it('is another one with another body, status, value, or a head too many or too few', () => {
    expect(differences(document, { ...answer, body: '{}' })).toEqual(['another body'])
    expect(differences(document, { ...answer, status: 304 })).toEqual(['status 304'])
    const missed = answer.headers.map((value) => (value === 'hit' ? 'miss' : value))
    expect(differences(document, { ...answer, headers: missed })).toEqual(['x-gala-cache: miss for hit'])
    expect(differences(document, { ...answer, headers: [...answer.headers, 'x-powered-by', 'it'] })).toHaveLength(1)
    expect(differences(document, { ...answer, headers: answer.headers.slice(0, -2) })).toHaveLength(1)
  })
})

describe('the configuration of a plain nginx', () => {
  it('says the document with its quotes', () => {
    const conf = returningConf('/tmp/x', 8080, document)
    expect(conf).toContain(String.raw`return 200 '{"a":"\'"}';`)
    expect(conf).toContain(`add_header x-gala-cache 'hit';`)
    expect(conf).toContain(`default_type 'application/json';`)
    expect(conf).not.toContain('add_header content-length')
  })

  it('refuses what nginx would take for a variable', () => {
    expect(() => returningConf('/tmp/x', 8080, { ...document, body: '"$host"' })).toThrow('dollar')
  })

  it('keeps what the origin answers although that says it is for a second', () => {
    expect(cachingConf('/tmp/x', 8080, 9090)).toMatch(/proxy_ignore_headers cache-control x-accel-expires/)
  })
})
