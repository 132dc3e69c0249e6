import { asCall, askedAnew, beginCall, boundHere, type EndedSpan, tracedNow } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { forceToken } from './force-token.js'
import { spanLine } from './span-line.js'
import { TailSampler } from './tail-sampler.js'
import { Traces } from './traces.js'

const place = { service: 'access', instance: 'dc-a.access-1', dc: 'dc-a' }
const asker = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const good = { failed: false, degraded: false, tookMs: 3, slowMs: 500 }
const force = 'a token'
const forced = { kind: 'server' as const, force }
const forceKey = new Uint8Array(32).fill(7)

interface Line {
  trace: string
  span: string
  parent: string | null
  name: string
  status: string
  event: string | null
  route: string | null
  attributes: Record<string, unknown>
}

describe('spans of a process', () => {
  let clock: VirtualClock
  let lines: Line[]
  let tail: TailSampler<EndedSpan>

  const tracesOf = (decidedByAsker: boolean) =>
    new Traces({ clock, tail, forceKey, decidedByAsker, onClose: async () => {} })
  const named = (name: string) => lines.find((line) => line.name === name)

  beforeEach(() => {
    clock = new VirtualClock()
    lines = []
    tail = new TailSampler<EndedSpan>({
      clock,
      oneIn: 1_000_000_000,
      write: (spans, why) => lines.push(...spans.map((span) => JSON.parse(spanLine(span, place, why)) as Line)),
    })
  })

  it('are children of whoever asked, and what is asked on its behalf is a child of them', async () => {
    const work = tracesOf(false).begin(
      'events.read',
      { 'gala.event': 'gala', 'http.route': '/v1/events/:id' },
      { kind: 'server', asker, force },
    )
    let told = ''
    await work.within(async () => {
      await Promise.resolve()
      await asCall('redis GET', { 'db.system.name': 'redis' }, async () => 1)
      const call = beginCall('application GET', {})
      told = call?.traceparent ?? ''
      call?.end('answered 503')
    })
    work.over(good)
    expect(named('events.read')).toMatchObject({
      ...{ trace: asker.traceId, parent: asker.spanId, event: 'gala', route: '/v1/events/:id', status: 'ok' },
      ...{ service: 'access', instance: 'dc-a.access-1', dc: 'dc-a', kept: 'forced', attributes: {} },
    })
    const own = named('events.read')?.span
    expect(named('redis GET')).toMatchObject({ trace: asker.traceId, parent: own, status: 'ok' })
    const asked = named('application GET')
    expect(asked).toMatchObject({ parent: own, status: 'error', attributes: { error: 'answered 503' } })
    expect(told).toBe(`00-${asker.traceId}-${asked?.span}-01`)
  })

  it('are not made outside of what is traced, nor of what follows it', async () => {
    const work = tracesOf(false).begin('events.read', {}, { kind: 'server', asker, force })
    await work.within(async () => expect(tracedNow()).toBe(asker.traceId))
    expect([tracedNow(), beginCall('redis GET', {})]).toEqual([undefined, undefined])
    expect(await asCall('redis GET', {}, async () => 7)).toBe(7)
    work.over(good)
    expect(lines).toHaveLength(1)
  })

  it('of two requests at the same time do not mix', async () => {
    const traces = tracesOf(false)
    const [one, two] = [traces.begin('one', {}, forced), traces.begin('two', {}, forced)]
    const steps = [one, two].map((work, i) =>
      work.within(async () => {
        await new Promise(setImmediate)
        await asCall(`call ${i}`, {}, async () => {})
      }),
    )
    await Promise.all(steps)
    for (const work of [one, two]) work.over(good)
    expect(named('call 0')?.parent).toBe(named('one')?.span)
    expect(named('call 1')?.parent).toBe(named('two')?.span)
  })

  it('belong to what a function was bound in, whoever calls it', async () => {
    const work = tracesOf(false).begin('job', {})
    const bound = work.within(() => boundHere(() => tracedNow()))
    expect(bound()).toBe(work.traceId)
  })

  it('wait for the decision of whoever has asked, where that is theirs', () => {
    const work = tracesOf(true).begin('events.read', {}, { kind: 'server', asker })
    work.over({ ...good, failed: true })
    expect(lines).toEqual([])
    tail.hear(asker.traceId, 'error')
    expect(named('events.read')).toMatchObject({ trace: asker.traceId })
  })

  it('that are forced wait for nobody, and get nothing from memory', () => {
    const work = tracesOf(true).begin('events.read', {}, { kind: 'server', asker, force })
    expect([askedAnew(), work.within(() => askedAnew())]).toEqual([false, true])
    expect(work.within(() => beginCall('application GET', {}))?.force).toBe(force)
    work.over(good)
    expect(named('events.read')).toMatchObject({ kept: 'forced' })
  })

  it('of work nobody has asked for are decided on here, and keep it when it throws', async () => {
    const traces = tracesOf(true)
    await traces.task('quick', {}, async () => {})
    const failing = traces.task('job mark', {}, async () => {
      await asCall('mysql SELECT', {}, async () => {
        throw new Error('gone')
      }).catch(() => {})
      throw new Error('no luck')
    })
    await expect(failing).rejects.toThrow('no luck')
    const slow = traces.task('slow', {}, () => clock.advance(100), { slowMs: 100 })
    await slow
    await traces.task('said no', {}, async () => 'no', { failed: (answer) => answer === 'no' })
    expect(lines.map(({ name, status }) => [name, status])).toEqual([
      ['mysql SELECT', 'error'],
      ['job mark', 'error'],
      ['slow', 'ok'],
      ['said no', 'error'],
    ])
    expect(named('job mark')?.attributes).toEqual({ error: 'Error: no luck' })
  })

  it('are bounded in what they say', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key-${i}`, 'x'.repeat(1_000)]))
    const work = tracesOf(false).begin('big', many, forced)
    work.over(good)
    const { attributes = {} } = named('big') ?? {}
    expect(Object.keys(attributes)).toHaveLength(16)
    expect(attributes['key-0']).toHaveLength(200)
  })

  it('are forced by a token that holds; one that does not is counted', () => {
    const traces = tracesOf(false)
    expect(traces.isForced(forceToken(forceKey, clock.nowMs() + 1_000))).toBe(true)
    expect(traces.forged).toBe(0)
    expect(traces.isForced(forceToken(new Uint8Array(32), clock.nowMs() + 1_000))).toBe(false)
    expect(traces.isForced(forceToken(forceKey, clock.nowMs() - 1_000))).toBe(false)
    expect(traces.forged).toBe(2)
  })
})
