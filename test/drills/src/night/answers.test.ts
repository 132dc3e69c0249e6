import { describe, expect, it } from '@jest/globals'
import type { Reply } from '../load-connection.js'
import { type Question, sorts, verdictOn } from './answers.js'

const asked = (name: string): Question => {
  const sort = sorts.find((each) => each.name === name)
  if (!sort) throw new Error(`nobody asks for ${name}`)
  return { sort, event: 'gala', path: `/v1/events/gala${name}`, right: [] }
}

const answered = (body: unknown, more: Partial<Reply> = {}): Reply => ({
  status: 200,
  old: false,
  hit: false,
  cut: false,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  ...more,
})

describe('what a viewer has of an answer', () => {
  it.each([
    ['', { id: 'gala' }],
    ['/bootstrap', { event: { id: 'gala' }, stats: null }],
    ['/play', { eventId: 'gala' }],
    ['/stats', { eventId: 'gala' }],
    ['/programmes', { eventId: 'gala' }],
  ])('is everything when %s is about the event that was asked for', (name, body) => {
    expect(verdictOn(answered(body), asked(name), 0)).toEqual({ outcome: 'full' })
  })

  it.each([{ old: true }, { cut: true }])('is less when it is marked so', (mark) => {
    expect(verdictOn(answered({ eventId: 'gala' }, mark), asked('/play'), 0)).toEqual({ outcome: 'degraded' })
  })

  it('is wrong when it is about another event, also when a right one came before', () => {
    const question = asked('/play')
    verdictOn(answered({ eventId: 'gala' }), question, 0)
    expect(verdictOn(answered({ eventId: 'eve' }), question, 0)).toMatchObject({ outcome: 'bad', retryable: false })
  })

  it('is wrong when it ends too early, at the edge it came from only', () => {
    const question = asked('/play')
    verdictOn(answered({ eventId: 'gala' }), question, 0)
    expect(verdictOn(answered('{"eventId":"gala"'), question, 1)).toMatchObject({ outcome: 'bad' })
    expect(verdictOn(answered({ eventId: 'gala' }), question, 0)).toEqual({ outcome: 'full' })
  })

  it('is asked for again when nothing came, or when the platform could not answer', () => {
    const refused = (code: string, retryable: boolean, status: number) =>
      verdictOn(answered({ code, retryable }, { status }), asked('/stats'), 0)
    expect(verdictOn(answered('', { status: 0, lost: 'late' }), asked('/stats'), 0)).toMatchObject({ retryable: true })
    expect(refused('COUNTERS_UNAVAILABLE', true, 503)).toMatchObject({ retryable: true })
    expect(refused('INTERNAL', false, 500)).toMatchObject({ retryable: false })
    expect(refused('EVENT_NOT_FOUND', false, 404)).toMatchObject({
      outcome: 'bad',
      code: '404 EVENT_NOT_FOUND',
      retryable: false,
    })
  })
})
