import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import type { Definition } from './ledger.js'
import { MemoryLedgerStore } from './memory-ledger.js'
import { definition, SimulatedProcess, told } from './simulated-jobs.js'

const startMs = Date.UTC(2026, 1, 16, 12)

interface Play {
  policy: object
  /** Seconds from the start during which nobody hands anything out. */
  outage?: readonly [number, number]
  takesMs?: number
  forS: number
  change?: (job: Definition, atS: number) => Partial<Definition>
}

/** One job each ten seconds from the start on, by one process, and what became of its slots. */
async function play({ policy, outage, takesMs = 10, forS, change }: Play) {
  const clock = new VirtualClock(startMs)
  const store = new MemoryLedgerStore('global', clock)
  let job = definition({ policy, updatedAtMs: startMs - 1 })
  let jobs = [job]
  const ran: number[] = []
  const process = new SimulatedProcess({
    ...{ clock, store, name: 'one', jobs: () => jobs },
    takesMs: ({ key }) => {
      ran.push((key.atMs - startMs) / 1_000)
      return takesMs
    },
  })
  for (let s = 0; s < forS; s++) {
    process.paused = outage !== undefined && s >= outage[0] && s < outage[1]
    if (!process.paused) process.goOn()
    if (change) {
      job = { ...job, ...change(job, s) }
      jobs = [job]
    }
    await clock.advance(1_000)
  }
  expect(process.errors).toEqual([])
  const all = told(store, startMs)
  const skipped = Object.keys(all)
    .filter((at) => all[at]?.startsWith('skipped'))
    .map(Number)
  return { all, ran, skipped }
}

/** Every ten seconds from one to another. */
const every = (from: number, to: number) => Array.from({ length: (to - from) / 10 + 1 }, (_, i) => from + 10 * i)

describe('what becomes of slots that were missed', () => {
  const outages = {
    'no outage': undefined,
    'an outage shorter than the grace': [19, 23],
    'an outage of some slots that were written ahead': [15, 52],
    'an outage longer than what was written ahead': [15, 172],
  } as const
  /** What is not run, by policy and outage. The newest missed at 52 s is that of 40 s (that of 50 s is in its grace); at 172 s of 160 s. */
  const table: [string, object, Record<keyof typeof outages, number[]>][] = [
    [
      'skip',
      { policy: 'skip' },
      {
        'no outage': [],
        'an outage shorter than the grace': [],
        'an outage of some slots that were written ahead': every(20, 40),
        'an outage longer than what was written ahead': every(20, 160),
      },
    ],
    [
      'once',
      { policy: 'once' },
      {
        'no outage': [],
        'an outage shorter than the grace': [],
        'an outage of some slots that were written ahead': every(20, 30),
        'an outage longer than what was written ahead': every(20, 150),
      },
    ],
    [
      'all of two',
      { policy: 'all', max: 2 },
      {
        'no outage': [],
        'an outage shorter than the grace': [],
        'an outage of some slots that were written ahead': [20],
        'an outage longer than what was written ahead': every(20, 140),
      },
    ],
    [
      'all of a hundred',
      { policy: 'all', max: 100 },
      {
        'no outage': [],
        'an outage shorter than the grace': [],
        'an outage of some slots that were written ahead': [],
        'an outage longer than what was written ahead': [],
      },
    ],
    [
      'a window of 25 s',
      { policy: 'window', windowMs: 25_000 },
      {
        'no outage': [],
        'an outage shorter than the grace': [],
        'an outage of some slots that were written ahead': [20],
        'an outage longer than what was written ahead': every(20, 140),
      },
    ],
  ]

  for (const [name, misfire, expected] of table) {
    for (const [shape, outage] of Object.entries(outages)) {
      it(`${name}, ${shape}`, async () => {
        const { ran, skipped, all } = await play({ policy: { misfire }, ...(outage && { outage }), forS: 199 })
        const missing = expected[shape as keyof typeof outages]
        expect(skipped).toEqual(missing)
        const due = every(0, 190)
        expect(ran).toEqual(due.filter((at) => !missing.includes(at)))
        for (const at of due) expect(all[at]).toBe(missing.includes(at) ? 'skipped: misfire' : 'ok')
      })
    }
  }

  it('runs what is caught up one after the other, whatever the overlap says of what is on time', async () => {
    for (const overlap of ['skip', 'queue-one', 'cancel-old'] as const) {
      const policy = { misfire: { policy: 'all', max: 100 }, overlap }
      const { ran, skipped } = await play({ policy, outage: [15, 56], takesMs: 900, forS: 99 })
      expect(ran).toEqual(every(0, 90))
      expect(skipped).toEqual([])
    }
  })
})

describe('what becomes of slots that meet a running one', () => {
  it('skip: they are not run', async () => {
    const { ran, all } = await play({ policy: { overlap: 'skip' }, takesMs: 25_000, forS: 99 })
    expect(ran).toEqual([0, 30, 60, 90])
    expect(all).toMatchObject({ 10: 'skipped: overlap', 20: 'skipped: overlap', 30: 'ok' })
  })

  it('queue-one: the first waits, those after it are not run', async () => {
    const { ran, all } = await play({ policy: { overlap: 'queue-one' }, takesMs: 25_000, forS: 99 })
    expect(ran).toEqual([0, 10, 30, 60])
    expect(all).toMatchObject({
      0: 'ok',
      10: 'ok',
      20: 'skipped: overlap',
      30: 'ok',
      40: 'skipped: overlap',
      50: 'skipped: overlap',
    })
  })

  it('parallel: they are run beside it', async () => {
    const { ran, skipped } = await play({ policy: { overlap: 'parallel' }, takesMs: 25_000, forS: 99 })
    expect(ran).toEqual(every(0, 90))
    expect(skipped).toEqual([])
  })

  it('cancel-old: the running one is ended, then they are run', async () => {
    const { ran, all } = await play({ policy: { overlap: 'cancel-old' }, takesMs: 25_000, forS: 49 })
    expect(ran).toEqual(every(0, 40))
    expect(all).toMatchObject({ 0: 'failed: cancelled', 10: 'failed: cancelled', 20: 'failed: cancelled' })
  })

  it('overlap and outage together: each cell of policy and overlap, with a run that lasts longer than the outage', async () => {
    const misfires = {
      skip: { policy: 'skip' },
      once: { policy: 'once' },
      all: { policy: 'all', max: 100 },
      window: { policy: 'window', windowMs: 25_000 },
    }
    const cells: Record<string, number[]> = {}
    for (const [misfire, given] of Object.entries(misfires)) {
      for (const overlap of ['skip', 'queue-one', 'parallel', 'cancel-old'] as const) {
        const { ran } = await play({ policy: { misfire: given, overlap }, outage: [15, 62], takesMs: 4_000, forS: 119 })
        cells[`${misfire} ${overlap}`] = ran
      }
    }
    // Looked at again at 62 s: 20 to 50 were missed, 60 is in its grace and takes its turn; 70 and 80 may meet what is caught up.
    const without = (...of: number[]) => every(0, 110).filter((at) => !of.includes(at))
    expect(cells).toEqual({
      'skip skip': without(20, 30, 40, 50),
      'skip queue-one': without(20, 30, 40, 50),
      'skip parallel': without(20, 30, 40, 50),
      'skip cancel-old': without(20, 30, 40, 50),
      'once skip': without(20, 30, 40, 70),
      'once queue-one': without(20, 30, 40),
      'once parallel': without(20, 30, 40),
      'once cancel-old': without(20, 30, 40),
      'all skip': without(70, 80),
      'all queue-one': without(80),
      'all parallel': without(),
      'all cancel-old': without(),
      'window skip': without(20, 30, 70),
      'window queue-one': without(20, 30),
      'window parallel': without(20, 30),
      'window cancel-old': without(20, 30),
    })
  })
})

describe('what keeps a slot from being run', () => {
  it('waits while its timeline is held, is shown late, and runs as soon as it goes on', async () => {
    const change = (_: Definition, atS: number) => ({ held: atS >= 15 && atS < 33 })
    const { ran, all } = await play({ policy: { overlap: 'queue-one', misfire: { policy: 'skip' } }, forS: 49, change })
    expect(ran).toEqual([0, 10, 20, 30, 40])
    expect(all).toMatchObject({ 20: 'ok', 30: 'ok' })
    const held = await play({ policy: {}, forS: 25, change })
    expect(held.all[20]).toBe('late: held')
  })

  it('waits for its approvals', async () => {
    const { ran, all } = await play({ policy: {}, forS: 15, change: (_, atS) => ({ approved: atS >= 4 }) })
    expect(ran).toEqual([0, 10])
    expect(all[0]).toBe('ok')
  })

  it('is skipped while its job is paused, and is not made up for', async () => {
    const change = (_: Definition, atS: number) => ({ paused: atS >= 15 && atS < 33 })
    const { ran, all } = await play({ policy: {}, forS: 49, change })
    expect(ran).toEqual([0, 10, 40])
    expect(all).toMatchObject({ 20: 'skipped: paused', 30: 'skipped: paused' })
  })

  it('is skipped when its job has been removed', async () => {
    const { ran, all } = await play({ policy: {}, forS: 29, change: (_, atS) => ({ removed: atS >= 15 }) })
    expect(ran).toEqual([0, 10])
    expect(all[20]).toBe('skipped: removed')
  })
})
