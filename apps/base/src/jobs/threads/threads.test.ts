import { resolve } from 'node:path'
import { systemClock } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Run, Threads } from '../handler.js'
import { ActRefused } from '../refusals.js'
import { openThreads } from './threads.js'

/** Compiled: a thread does not read sources. */
const workerFile = resolve(import.meta.dirname, '../../../dist/jobs/threads/worker.js')

const slot: Run = { job: 'drill', event: null, atMs: 0, dc: '', shard: 0, shards: 1, attempt: 1 }
type More = Parameters<Threads['run']>[3]

describe('handlers in threads', () => {
  let clock: VirtualClock
  let threads: Threads
  let errors: unknown[]
  let acts: [act: string, input: unknown][]
  let told: [done: number, total: number, note: string][]

  const open = (over: { threadsMax?: number; memoryMb?: number } = {}) => {
    clock = new VirtualClock()
    threads = openThreads({ clock, threadsMax: 2, workerFile, onError: (error) => errors.push(error), ...over })
  }
  const run = (handler: string, params: Record<string, unknown>, over: Partial<More> = {}, of: Partial<Run> = {}) =>
    threads.run(
      handler,
      params,
      { ...slot, ...of },
      {
        timeoutMs: 1_000,
        signal: new AbortController().signal,
        onProgress: (...progress) => told.push(progress),
        act: async (act, input) => {
          acts.push([act, input])
          return { position: 7 }
        },
        ...over,
      },
    )
  const rehearse = (how: string, over: Partial<More> = {}, of: Partial<Run> = {}) => run('rehearse', { how }, over, of)
  /** Turns the time until what is waited for has come. */
  const turned = async <T>(waited: Promise<T>, byMs: number): Promise<T> => {
    const over = waited.then(() => true)
    while (!(await Promise.race([over, clock.advance(byMs).then(() => false)]))) await systemClock.sleep(5)
    return await waited
  }

  beforeAll(() => open())
  beforeEach(() => {
    errors = []
    acts = []
    told = []
  })
  afterEach(() => expect(errors).toEqual([]))
  afterAll(() => threads.close())

  it('answer what the handler answers, and act through base', async () => {
    expect(await run('mark', { note: 'here' })).toEqual({ kind: 'ok', result: { position: 7 } })
    expect(acts).toEqual([['mark', { note: 'here' }]])
  })

  it('hear why base refuses an act, and whether it may be tried again', async () => {
    const refuse = (retryable: boolean) => async () => {
      throw new ActRefused('STALE_TOKEN', 'attempt 1 is not the one', retryable)
    }
    const failed = { kind: 'failed', reason: 'error', detail: 'attempt 1 is not the one' }
    expect(await run('mark', {}, { act: refuse(false) })).toEqual({ ...failed, retryable: false })
    expect(await run('mark', {}, { act: refuse(true) })).toEqual({ ...failed, retryable: true })
  })

  it('fail with what was thrown, and may be run again', async () => {
    const failed = { kind: 'failed', reason: 'error', detail: 'rehearsed: it throws', retryable: true }
    expect(await rehearse('throw')).toEqual(failed)
    expect(await rehearse('flaky')).toMatchObject({ kind: 'failed', retryable: true })
    expect(await rehearse('flaky', {}, { attempt: 2 })).toEqual({ kind: 'ok', result: { attempt: 2 } })
  })

  it('keep what a handler found out beside its failure', async () => {
    const list = { at: '', go: false, checks: [{ name: 'parts', go: false, weight: 'stop', seen: 'one down' }] }
    expect(await run('readiness', {}, { act: async () => list }, { event: 'gala' })).toEqual({
      kind: 'failed',
      reason: 'error',
      detail: 'no-go: parts (one down)',
      retryable: false,
      result: list,
    })
  })

  it('refuse what the handler cannot be run with, before it begins', async () => {
    const refused = { kind: 'failed', reason: 'error', retryable: false }
    expect(await run('nothing', {})).toEqual({ ...refused, detail: 'there is no handler nothing' })
    expect(await run('rehearse', { how: 'sing' })).toMatchObject({
      ...refused,
      detail: expect.stringMatching(/^params\.how: /),
    })
    expect(await run('room', { to: 'open' })).toMatchObject({
      ...refused,
      detail: expect.stringMatching(/of an event/),
    })
    expect(acts).toEqual([])
  })

  it('refuse a result that is larger than the ledger keeps', async () => {
    const outcome = await rehearse('large')
    expect(outcome).toMatchObject({
      kind: 'failed',
      reason: 'error',
      detail: expect.stringMatching(/^its result has 100002 bytes/),
    })
  })

  it.each(['hang', 'spin'])('end when their time is over although they %s, and the next one runs', async (how) => {
    const outcome = turned(rehearse(how, { timeoutMs: 300 }), 100)
    expect(await outcome).toEqual({
      kind: 'failed',
      reason: 'timeout',
      detail: 'it took longer than 300 ms',
      retryable: true,
    })
    expect(await rehearse('flaky', {}, { attempt: 2 })).toMatchObject({ kind: 'ok' })
  })

  it('are told to end before they are ended: one that listens does so itself, without an act after that', async () => {
    const cancel = new AbortController()
    const started = Promise.withResolvers<void>()
    const outcome = run(
      'rehearse',
      { how: 'slow', forMs: 600_000 },
      { timeoutMs: 900_000, signal: cancel.signal, onProgress: () => started.resolve() },
    )
    await started.promise
    cancel.abort()
    // The time does not go on: nobody ends its thread.
    expect(await outcome).toEqual({ kind: 'failed', reason: 'cancelled', detail: 'it was cancelled', retryable: false })
    expect(await rehearse('throw', { signal: cancel.signal })).toMatchObject({ reason: 'cancelled' })
  })

  it('are ended when they are cancelled in the middle of an act that does not come back', async () => {
    const cancel = new AbortController()
    const asked = Promise.withResolvers<void>()
    const outcome = run('mark', {}, { signal: cancel.signal, act: () => new Promise(() => asked.resolve()) })
    await asked.promise
    cancel.abort()
    expect(await outcome).toMatchObject({ reason: 'cancelled' })
  })

  it('tell how far they are, the newest of it whatever happens', async () => {
    expect(await run('rehearse', { how: 'slow', forMs: 0 })).toMatchObject({ kind: 'ok' })
    expect(told.at(0)).toEqual([0, 10, 'slow on purpose'])
    expect(told.at(-1)).toEqual([10, 10, 'slow on purpose'])
    expect(told.length).toBeLessThan(11)
  })

  it('end alone when they end their thread', async () => {
    const others = run('rehearse', { how: 'slow', forMs: 200 })
    expect(await rehearse('crash')).toMatchObject({
      kind: 'failed',
      reason: 'error',
      detail: 'rehearsed: nobody caught it',
      retryable: true,
    })
    expect(await others).toMatchObject({ kind: 'ok' })
  })

  it('end alone when they eat memory', async () => {
    await threads.close()
    open({ memoryMb: 48 })
    const others = run('rehearse', { how: 'slow', forMs: 500 })
    const detail = 'it needed more than the 48 MiB of heap a thread has'
    expect(await rehearse('memory')).toEqual({ kind: 'failed', reason: 'memory', detail, retryable: false })
    expect(await others).toMatchObject({ kind: 'ok' })
    expect(await run('mark', {})).toMatchObject({ kind: 'ok' })
  })

  it('run side by side, and refuse when too many wait', async () => {
    await threads.close()
    open({ threadsMax: 1 })
    const cancel = new AbortController()
    const running = [1, 2].map(() => rehearse('hang', { signal: cancel.signal }))
    expect(await rehearse('throw')).toMatchObject({ detail: 'too many runs wait for a thread', retryable: true })
    cancel.abort()
    expect(await turned(Promise.all(running), 100)).toMatchObject([{ reason: 'cancelled' }, { reason: 'cancelled' }])
    await threads.close()
    expect(await rehearse('throw')).toMatchObject({ detail: 'the threads are closing', retryable: true })
  })
})
