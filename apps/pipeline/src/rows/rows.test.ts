import { bucketOf, countIn, type Histogram, mergeInto } from '@gala/kernel'
import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { beaconRow } from './beacon-row.js'
import { beaconLine, requestLine } from './line-builders.js'
import { linesAfter, lineTime } from './line-time.js'
import { requestRow } from './request-row.js'
import { routeName } from './route-names.js'

const request = (over: Record<string, unknown> = {}) => requestRow(Buffer.from(requestLine(over)), 'dc-a')
const beacon = (over: Record<string, unknown> = {}) => beaconRow(Buffer.from(beaconLine(over)), 'dc-a')

describe('a line of the edge', () => {
  it('becomes a row', () => {
    expect(request()).toEqual({
      at: 1_771_243_200_123,
      dc: 'dc-a',
      traceId: 'fedcba9876543210fedcba9876543210',
      requestId: '0123456789abcdef0123456789abcdef',
      method: 'GET',
      route: '/v1/events/:id/bootstrap',
      eventId: 'spring-gala',
      status: 200,
      bytes: 1234,
      durationMs: 12,
      upstreamMs: 10,
      edgeCache: 'MISS',
      cache: 'hit',
      degraded: null,
      outcome: 'full',
      remote: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
  })

  it.each([
    [{ status: 200, degraded: 'stats:static' }, 'degraded'],
    [{ status: 404 }, 'full'],
    [{ status: 429 }, 'full'],
    [{ status: 503 }, 'bad'],
    [{ status: 503, degraded: 'overload' }, 'bad'],
    [{ status: 499 }, 'bad'],
  ])('with %o is %s', (over, outcome) => {
    expect(request(over).outcome).toBe(outcome)
  })

  it('without a status, as nginx writes one that never was, is an answer nobody got', () => {
    const line = requestLine().replace('"status":200', '"status":000')
    expect(requestRow(Buffer.from(line), 'dc-a')).toMatchObject({ status: 0, outcome: 'bad' })
  })

  it.each([
    ['/v1/events', '/v1/events', null],
    ['/v1/events/spring-gala', '/v1/events/:id', 'spring-gala'],
    ['/v1/rooms/spring-gala/socket', '/v1/rooms/:room/socket', 'spring-gala'],
    ['/v1/rooms/spring-gala/messages', '/v1/rooms/:room/messages', 'spring-gala'],
    ['/v1/events/spring-gala/bootstrap.json', '/v1/events/:id/bootstrap', 'spring-gala'],
    ['/v1/events/Not a Slug/stats', '/v1/events/:id/stats', null],
    ['/v1/events/', 'other', null],
    ['/v1/none/of/these', 'other', null],
    [`/v1${'/x'.repeat(4_000)}`, 'other', null],
    ['/.problem/uri_too_long', 'problem', null],
    ['/assets/app.js', 'asset', null],
    ['/', 'page', null],
    ['/__proto__', 'other', null],
    ['', 'other', null],
  ])('of %s belongs to %s', (uri, route, eventId) => {
    expect(routeName(uri)).toEqual({ route, eventId })
  })

  it('of an event that is not there belongs to no event', () => {
    expect(request({ status: 404 })).toMatchObject({ route: '/v1/events/:id/bootstrap', eventId: null })
  })

  it('keeps no more of what a client may choose than a word', () => {
    const row = request({ method: 'X'.repeat(5_000), trace: 'z', request_id: '', cache: 'a'.repeat(65), remote: '' })
    expect(row).toMatchObject({ method: 'other', traceId: '', requestId: '', cache: 'other' })
    expect(JSON.stringify(row).length).toBeLessThan(500)
  })

  it.each([
    ['0.003, 0.005 : 0.001', 9],
    ['-', null],
    ['', null],
    ['0.100, -', 100],
  ])('says of upstream times "%s" that they are %s ms', (text, ms) => {
    expect(request({ upstream_s: text }).upstreamMs).toBe(ms)
  })

  it('with bytes that are no text is read all the same', () => {
    const line = Buffer.from(requestLine({ uri: '/v1/events/@@' }).replace('@@', '\xff\xfe'), 'latin1')
    expect(requestRow(line, 'dc-a')).toMatchObject({ route: '/v1/events/:id', eventId: null, outcome: 'full' })
  })

  it('that is cut short keeps its time, and is counted', () => {
    const line = requestLine()
    expect(requestRow(Buffer.from(line.slice(0, 80)), 'dc-a')).toMatchObject({
      at: 1_771_243_200_123,
      outcome: 'malformed',
      route: 'other',
      eventId: null,
    })
    expect(requestRow(Buffer.from(''), 'dc-a')).toMatchObject({ at: 0, outcome: 'malformed' })
    for (const msec of [-1, 0, 1e14, '"x"', null]) {
      expect(request({ msec })).toMatchObject({ at: 0, outcome: 'malformed' })
    }
  })

  it('never stops the reader, whatever became of its bytes, and has the time its bytes say', () => {
    const random = seededRandom(7)
    const whole = Buffer.from(requestLine({ degraded: 'redis-unreachable', status: 503 }))
    for (let n = 0; n < 3_000; n++) {
      const line = Buffer.from(whole.subarray(0, Math.floor(random() * (whole.length + 1))))
      for (let flips = 0; flips < random() * 6 && line.length > 0; flips++) {
        line[Math.floor(random() * line.length)] = Math.floor(random() * 256)
      }
      expect(requestRow(line, 'dc-a').at).toBe(lineTime('requests', line))
    }
  })
})

describe('a line of a ping-back', () => {
  it('becomes a row', () => {
    expect(beacon({ viewer: 'u-1', verified: true, cmcd: { br: 3200 } })).toEqual({
      at: 1_771_243_200_123,
      receivedMs: 1_771_243_201_000,
      dc: 'dc-a',
      session: 'session-1',
      seq: 7,
      viewer: 'u-1',
      verified: true,
      eventId: 'spring-gala',
      kind: 'join',
      joinMs: 320,
      stallMs: null,
      bitrateKbps: null,
      code: null,
      cmcd: '{"br":3200}',
    })
  })

  it.each([
    { id: 'another-7' },
    { id: 'session-1-x' },
    { kind: 'dance' },
    { joinMs: -1 },
    { event: 'Not A Slug' },
    { session: '' },
    { at: 'soon' },
    { at: -5 },
  ])('with %o is counted as malformed', (over) => {
    expect(beacon(over)).toMatchObject({ kind: 'malformed', eventId: null, viewer: null })
  })
})

describe('lines of a run', () => {
  const run = (text: string, from = 100) => {
    const lines = Buffer.from(text)
    return { source: 's', from, to: from + lines.length, count: text.split('\n').length - 1, lines }
  }
  const texts = (of: ReturnType<typeof run>, place: number) => [...linesAfter(of, place)].map(String)

  it('are those after the place, however the runs were cut', () => {
    expect(texts(run('one\ntwo\n'), 0)).toEqual(['one', 'two'])
    expect(texts(run('one\ntwo\n'), 104)).toEqual(['two'])
    expect(texts(run('one\ntwo\n'), 108)).toEqual([])
  })

  it('are one empty line for a line that was too long', () => {
    expect(texts({ ...run('\n'), to: 900 }, 100)).toEqual([''])
    expect(texts({ ...run('\n'), to: 900 }, 900)).toEqual([])
  })
})

describe('a histogram', () => {
  it.each([
    [0, 0],
    [127, 127],
    [128, 128],
    [129, 128],
    [255, 254],
    [256, 256],
    [259, 256],
    [260, 260],
    [1_000, 1_000],
    [1_007, 1_000],
    [1_048_575, 1_040_384],
    [1_048_576, 1_048_576],
    [2 ** 40, 1_048_576],
  ])('puts %i into the bucket of %i', (value, bucket) => {
    expect(bucketOf(value)).toBe(bucket)
  })

  it('has buckets no wider than a sixty-fourth of their values, without a gap', () => {
    let before = -1
    for (let value = 0; value < 2 ** 20; value += 1 + (value >> 9)) {
      const bucket = bucketOf(value)
      expect(bucket).toBeLessThanOrEqual(value)
      expect(value - bucket).toBeLessThanOrEqual(value / 64)
      expect(bucket).toBeGreaterThanOrEqual(before)
      before = bucket
    }
  })

  it('is the same put together from parts', () => {
    const whole: Histogram = {}
    const parts: Histogram[] = [{}, {}]
    for (let value = 0; value < 5_000; value += 7) {
      countIn(whole, value)
      countIn(parts[value % 2] ?? {}, value)
    }
    expect(parts.reduce(mergeInto, {})).toEqual(whole)
  })
})
