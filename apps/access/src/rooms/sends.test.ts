import {
  AppError,
  type ClientFrame,
  type Criticality,
  publicApi,
  type Route,
  type SwitchKey,
  type Viewer,
} from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { MemoryBudget } from '@gala/resilience/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Limits } from '../limits.js'
import type { UpstreamAnswer } from '../upstream.js'
import { anna } from './room-rig.js'
import { Sends } from './sends.js'

type Send = Extract<ClientFrame, { kind: 'send' }>

describe('what is said over a long connection', () => {
  let off: SwitchKey[]
  let full: boolean
  let asked: Criticality[]
  let inside: number
  let passed: unknown[][]
  let answer: () => object
  let failures: AppError[]
  let sends: Sends

  beforeEach(() => {
    off = []
    full = false
    asked = []
    inside = 0
    passed = []
    failures = []
    answer = () => ({ id: 'dc-a.00000001.7', held: false, text: 'hi' })
    const clock = new VirtualClock()
    const routes = [publicApi.rooms.send as unknown as Route]
    sends = new Sends({
      application: {
        pass: async (...asked) => {
          passed.push(asked)
          return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer())) } as UpstreamAnswer
        },
      },
      limits: new Limits(routes, { clock, budget: new MemoryBudget(clock), instance: 'one' }),
      enter: (criticality) => {
        asked.push(criticality)
        if (full) return undefined
        inside++
        return () => inside--
      },
      isOff: (key) => off.includes(key),
      onInternal: (error) => failures.push(error),
    })
  })

  const frame = (more: Partial<Send> = {}): Send => ({
    kind: 'send',
    type: 'chat',
    text: 'hi',
    gift: undefined,
    clientId: 'browser-1',
    seq: 3,
    sentAtMs: 0,
    ...more,
  })
  const rose = frame({ type: 'gift', text: '', gift: { kind: 'rose', count: 2, value: 0 } })
  const take = (what = frame(), viewer: Viewer | undefined = anna) => sends.take(what, 'gala', viewer, '203.0.113.7')
  const codeOf = async (taking: ReturnType<typeof take>) => {
    const told = await taking
    return told.kind === 'refused' ? told.code : told.kind
  }

  it('is what would have been posted, with the viewer of the connection', async () => {
    expect(await take(frame({ sentAtMs: 5 }))).toEqual({
      kind: 'ack',
      clientId: 'browser-1',
      seq: 3,
      id: 'dc-a.00000001.7',
      held: false,
      text: '',
    })
    await take(rose)
    const bodies = passed.map(([, input]) => (input as { body: unknown }).body)
    expect(bodies).toEqual([
      { type: 'chat', text: 'hi', clientId: 'browser-1', seq: 3, sentAtMs: 5 },
      { type: 'gift', gift: { kind: 'rose', count: 2 }, clientId: 'browser-1', seq: 3 },
    ])
    expect(passed.map(([, , viewer]) => viewer)).toEqual([anna, anna])
    expect(asked).toEqual(['sheddable-plus', 'critical'])
  })

  it('tells what the others see when that is something else', async () => {
    answer = () => ({ id: 'dc-a.00000001.7', held: true, text: '**' })
    expect(await take()).toMatchObject({ kind: 'ack', held: true, text: '**' })
  })

  it('is refused without a token, when it is nothing that could be posted, and when there is too much to do', async () => {
    expect(await codeOf(sends.take(frame(), 'gala', undefined, '203.0.113.7'))).toBe('UNAUTHENTICATED')
    const wrong = [
      frame({ text: '' }),
      frame({ text: 'x'.repeat(201) }),
      frame({ type: 'notify' }),
      frame({ type: 'gift' }),
      frame({ clientId: 'x' }),
      frame({ text: '\u0000' }),
    ]
    for (const one of wrong) expect(await codeOf(take(one))).toBe('VALIDATION_FAILED')
    full = true
    expect(await codeOf(take())).toBe('OVERLOADED')
    expect([passed, inside]).toEqual([[], 0])
  })

  it('is refused when operators have switched it off; gifts go on without chat', async () => {
    off = ['chat']
    expect([await codeOf(take()), await codeOf(take(rose))]).toEqual(['SWITCHED_OFF', 'ack'])
    off = ['rooms']
    expect(await codeOf(take(rose))).toBe('SWITCHED_OFF')
  })

  it('counts against the same limits as what is posted, and says when to come back', async () => {
    const codes: string[] = []
    for (let i = 0; i < 9; i++) codes.push(await codeOf(take(frame({ seq: i }))))
    expect(codes).toEqual([...Array<string>(8).fill('ack'), 'RATE_LIMITED'])
    expect(await take()).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 500 })
    expect(await codeOf(take(frame(), { ...anna, id: 'bert' }))).toBe('ack')
  })

  it('passes on what application refuses with, and tells nobody of what nobody expected', async () => {
    answer = () => {
      throw new AppError('RATE_LIMITED', 'slow', { retryAfterMs: 4_000 })
    }
    expect(await take()).toMatchObject({ kind: 'refused', clientId: 'browser-1', seq: 3, retryAfterMs: 4_000 })
    answer = () => {
      throw new Error('a secret')
    }
    const told = await take()
    expect(told).toMatchObject({ code: 'INTERNAL' })
    expect(JSON.stringify(told)).not.toContain('secret')
    expect([failures.length, inside]).toEqual([1, 0])
  })
})
