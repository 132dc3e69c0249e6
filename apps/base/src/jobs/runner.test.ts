import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { ThreadOutcome, Threads } from './handler.js'
import { dueSlot, type Ledger, type SlotKey, type SlotRow } from './ledger.js'
import { MemoryLedger, MemoryLedgerStore } from './memory-ledger.js'
import { Runner, runLeaseMs } from './runner.js'
import { definition, Unreachable } from './simulated-jobs.js'

const key: SlotKey = { job: 'job', atMs: Date.UTC(2026, 0, 1), dc: '', shard: 0 }
const job = definition({ policy: { retries: { max: 2, backoffMs: 1_000 }, timeoutMs: 5_000 } })

type ThreadsRun = Threads['run']

describe('a runner', () => {
  let clock: VirtualClock
  let ledger: Ledger
  let runs: ThreadsRun
  let cut: boolean
  let unwritten: string[]
  let runner: Runner
  const read = async () => (await ledger.newest('job', '', Number.MAX_SAFE_INTEGER)) as SlotRow
  const failing =
    (of: Partial<Extract<ThreadOutcome, { kind: 'failed' }>>): ThreadsRun =>
    async () => ({
      ...{ kind: 'failed', reason: 'error', detail: 'no', retryable: true },
      ...of,
    })
  /** Hands the slot out again, as the scheduler does. */
  const lease = async (attempt: number) => {
    const { token } = await ledger.lead('leader', 1_000_000)
    const { state } = await read()
    const set = { state: 'leased', attempt, leaseUntilMs: clock.nowMs() + 2_000 } as const
    await ledger.apply(token, [{ key, from: { state, attempt: attempt - 1 }, set }])
  }
  const take = (attempt = 1) => runner.take({ key, attempt, job }, () => {})

  beforeEach(async () => {
    clock = new VirtualClock(key.atMs)
    cut = false
    unwritten = []
    ledger = new MemoryLedger(new MemoryLedgerStore('global', clock))
    const { token } = await ledger.lead('leader', 1_000_000)
    await ledger.plan(token, [dueSlot(key)], new Map())
    await lease(1)
    runs = async () => ({ kind: 'ok', result: { done: true } })
    const guarded = new Proxy(ledger, {
      get: (target, name) => {
        const of = Reflect.get(target, name) as unknown
        if (typeof of !== 'function') return of
        return (...given: unknown[]) => (cut ? Promise.reject(new Unreachable()) : Reflect.apply(of, target, given))
      },
    })
    runner = new Runner({
      ...{ clock, holder: 'one', ledgerOf: () => guarded, act: async () => undefined },
      threads: { run: (...given) => runs(...given), close: async () => {} },
      tell: {
        began: () => {},
        ended: () => {},
        ledgerFailed: () => {},
        unwritten: (slot) => void unwritten.push(slot),
      },
    })
  })

  it('writes down what came of it', async () => {
    expect(await take()).toMatchObject({ state: 'ok' })
    expect(await read()).toMatchObject({
      state: 'ok',
      result: { done: true },
      attempts: [{ outcome: 'ok', holder: 'one' }],
    })
  })

  it('leaves alone what was handed to somebody else, and what is over', async () => {
    expect(await take(2)).toMatchObject({ state: 'gone' })
    await take()
    expect(await take()).toMatchObject({ state: 'gone' })
  })

  it('tries a failed one again as often as was declared, each time later, and then it has failed', async () => {
    runs = failing({})
    const waits: number[] = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      if (attempt > 1) await lease(attempt)
      await take(attempt)
      const slot = await read()
      waits.push(slot.runAtMs - clock.nowMs())
      expect(slot.state).toBe(attempt < 3 ? 'due' : 'failed')
    }
    expect(waits[0]).toBeGreaterThanOrEqual(1_000)
    expect(waits[0]).toBeLessThanOrEqual(1_200)
    expect(waits[1]).toBeGreaterThanOrEqual(2_000)
    expect(await read()).toMatchObject({ reason: 'error', detail: 'no', attempts: [{}, {}, { error: 'no' }] })
  })

  it('does not try again what cannot come out better', async () => {
    runs = failing({ retryable: false, reason: 'memory', detail: 'more than 128 MB' })
    await take()
    expect(await read()).toMatchObject({ state: 'failed', reason: 'memory', detail: 'more than 128 MB' })
  })

  it('says that it still runs, and how far it is', async () => {
    runs = async (_handler, _params, _run, { onProgress }) => {
      onProgress(3, 4, 'three of four')
      await clock.sleep(10_000)
      return { kind: 'ok', result: null }
    }
    const stop = runner.start()
    const taken = take()
    await clock.advance(9_000)
    const slot = await read()
    expect(slot).toMatchObject({ state: 'running', progress: { done: 3, total: 4, note: 'three of four' } })
    expect(slot.leaseUntilMs).toBeGreaterThan(clock.nowMs())
    await clock.advance(1_000)
    expect(await taken).toMatchObject({ state: 'ok' })
    stop()
  })

  it('ends a run that is cancelled, and one that was given to somebody else', async () => {
    runs = async (_handler, _params, _run, { signal }) => {
      await clock.sleep(60_000, signal)
      return { kind: 'failed', reason: 'cancelled', detail: 'aborted', retryable: false }
    }
    const stop = runner.start()
    const taken = take()
    await clock.advance(100)
    await ledger.apply(undefined, [{ key, from: { state: 'running', attempt: 1 }, set: { cancel: true } }])
    await clock.advance(1_000)
    expect(await taken).toMatchObject({ state: 'failed', reason: 'cancelled' })
    expect(await read()).toMatchObject({ attempts: [{ outcome: 'cancelled' }] })
    stop()
  })

  it('ends a run nobody can be told of any more, and what it came to counts only if nobody else has it', async () => {
    let abortedAtMs = Number.NaN
    runs = async (_handler, _params, _run, { signal }) => {
      signal.addEventListener('abort', () => {
        abortedAtMs = clock.nowMs()
      })
      await clock.sleep(60_000, signal)
      return { kind: 'failed', reason: 'cancelled', detail: 'aborted', retryable: true }
    }
    const stop = runner.start()
    const taken = take()
    await clock.advance(100)
    cut = true
    await clock.advance(runLeaseMs + 2_000)
    expect(abortedAtMs - key.atMs).toBeLessThanOrEqual(runLeaseMs + 1_000)
    await ledger.apply(undefined, [
      { key, from: { state: 'running', attempt: 1 }, set: { state: 'leased', attempt: 2 } },
    ])
    cut = false
    await clock.advance(1_000)
    expect(await taken).toMatchObject({ state: 'gone' })
    expect(await read()).toMatchObject({ state: 'leased', attempt: 2 })
    stop()
  })

  it('waits for a ledger that is away, and says when it was away for too long', async () => {
    runs = async () => {
      cut = true
      return { kind: 'ok', result: null }
    }
    const taken = take()
    await clock.advance(70_000)
    expect(await taken).toMatchObject({ state: 'gone' })
    expect(unwritten).toHaveLength(1)
  })
})
