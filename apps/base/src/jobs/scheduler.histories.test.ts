import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { type Definition, type Ledger, type SlotKey, type SlotRow, slotName } from './ledger.js'
import { MemoryLedger, MemoryLedgerStore } from './memory-ledger.js'
import { definition, SimulatedProcess, Unreachable } from './simulated-jobs.js'

const startMs = Date.UTC(2026, 1, 16, 12)
const faultyS = 60
const quietS = 40
const processes = 4

/** Faults that are left out are the guards that are taken out: each has to be missed. */
interface Planted {
  ledger?: typeof MemoryLedger
  /** Effects are done without looking whether the slot is still the run's own. */
  unfencedEffects?: boolean
}

interface Seen {
  /** Slots handed out by somebody who did not hold the lease then. */
  handedWithoutLease: number
  /** Slots whose effect was done more than once. */
  doubled: string[]
  /** Slots that were due and have not ended well. */
  missing: string[]
  errors: unknown[]
}

/** Three processes of two data centres hand out four jobs while they are killed, stopped and cut off, and replies are lost. */
async function history(seed: number, planted: Planted = {}): Promise<Seen> {
  const random = seededRandom(seed)
  const clock = new VirtualClock(startMs)
  const store = new MemoryLedgerStore('global', clock)
  const jobs = jobsOf()
  const effects = new Map<string, number>()
  const seen: Seen = { handedWithoutLease: 0, doubled: [], missing: [], errors: [] }
  const cut = new Set<string>()
  let named = 0
  const start = () => {
    const name = `process-${named++}`
    const ledger = throughALink(new (planted.ledger ?? MemoryLedger)(store), () => cut.has(name), random)
    return {
      name,
      process: new SimulatedProcess({
        ...{ clock, store, name, ledger, jobs: () => jobs },
        takesMs: () => 50 + random() * (random() < 0.1 ? 6_000 : 500),
        onDispatch: (process) => {
          const held = store.lease.holder === process && clock.nowMs() < store.lease.untilMs
          if (!held) seen.handedWithoutLease++
        },
        onEffect: ({ key, attempt }) => {
          const slot = store.slots.get(slotName(key))
          const own = slot?.state === 'running' && slot.attempt === attempt
          // As in the database: the effect is done where the slot is, once, or not at all.
          if (own && !planted.unfencedEffects && effects.has(slotName(key))) return
          if (own || planted.unfencedEffects) effects.set(slotName(key), (effects.get(slotName(key)) ?? 0) + 1)
        },
      }),
    }
  }
  const fleet = Array.from({ length: processes }, start)
  for (let s = 0; s < faultyS; s++) {
    const at = Math.floor(random() * fleet.length)
    const one = fleet[at]
    const fault = random()
    if (one && fault < 0.06) {
      one.process.dead = true
      fleet[at] = start()
    } else if (one && fault < 0.14) one.process.paused = true
    else if (one && fault < 0.2) cut.add(one.name)
    for (const { name, process } of fleet) {
      if (random() < 0.25) process.goOn()
      if (random() < 0.25) cut.delete(name)
    }
    // Not on whole seconds, at which slots are due: what is stopped is stopped between being handed a slot and starting it, too.
    await clock.advance(700 + Math.floor(random() * 600))
  }
  for (const { process } of fleet) process.goOn()
  cut.clear()
  await clock.advance(quietS * 1_000)
  for (const { process } of fleet) seen.errors.push(...process.errors)
  seen.doubled.push(...[...effects].filter(([, times]) => times > 1).map(([slot]) => slot))
  for (const job of jobs) seen.missing.push(...missingOf(job, store, effects))
  return seen
}

/** They differ in what they do when something is late; in the end each slot has to have been run once. */
function jobsOf(): Definition[] {
  const policy = { misfire: { policy: 'all', max: 1_000 }, retries: { max: 20, backoffMs: 100 } }
  const job = (id: string, more: object) =>
    definition({
      id,
      updatedAtMs: startMs - 1,
      schedule: { kind: 'interval', everyMs: 5_000 },
      policy: { ...policy, ...more },
    })
  return [
    job('parallel', { overlap: 'parallel' }),
    job('in-turn', { overlap: 'queue-one', graceMs: 0 }),
    job('in-shards', { overlap: 'parallel', shards: 3 }),
  ]
}

/** Of slots that a running one took the place of nothing has to be done. */
function missingOf(job: Definition, { slots }: MemoryLedgerStore, effects: ReadonlyMap<string, number>): string[] {
  const missing: string[] = []
  for (let atMs = startMs; atMs < startMs + (faultyS + quietS - 20) * 1_000; atMs += 5_000) {
    for (let shard = 0; shard < job.policy.shards; shard++) {
      const key: SlotKey = { job: job.id, atMs, dc: '', shard }
      const slot = slots.get(slotName(key))
      const overlapped = slot?.state === 'skipped' && slot.reason === 'overlap'
      if (overlapped || (slot?.state === 'ok' && effects.get(slotName(key)) === 1)) continue
      missing.push(`${slotName(key)} ${slot?.state} ${slot?.reason ?? ''}`)
    }
  }
  return missing
}

/** Nothing passes while it is cut; now and then what was asked is done and nobody hears of it. */
function throughALink(ledger: Ledger, isCut: () => boolean, random: () => number): Ledger {
  return new Proxy(ledger, {
    get: (target, name) => {
      const of = Reflect.get(target, name) as unknown
      if (typeof of !== 'function') return of
      return async (...given: unknown[]) => {
        if (isCut()) throw new Unreachable()
        const answer: unknown = await Reflect.apply(of, target, given)
        if (random() < 0.01) throw new Unreachable()
        return answer
      }
    },
  })
}

const runs = 100

describe(`over ${runs} histories of killed, stopped and cut off processes`, () => {
  it('nothing is handed out without the lease, nothing is done twice, and every slot is run', async () => {
    for (let seed = 1; seed <= runs; seed++) {
      const seen = await history(seed)
      expect({ seed, ...seen }).toEqual({ seed, handedWithoutLease: 0, doubled: [], missing: [], errors: [] })
    }
  })

  it('whoever leads and dies is replaced within two seconds', async () => {
    for (let seed = 1; seed <= runs; seed++) {
      const random = seededRandom(seed)
      const clock = new VirtualClock(startMs)
      const store = new MemoryLedgerStore('global', clock)
      const fleet = new Map<string, SimulatedProcess>()
      for (const name of ['one', 'two', 'three']) {
        fleet.set(name, new SimulatedProcess({ clock, store, name, jobs: () => [], takesMs: () => 0 }))
        await clock.advance(Math.floor(random() * 250))
      }
      await clock.advance(1_000 + Math.floor(random() * 1_000))
      const before = { ...store.lease }
      const dead = fleet.get(before.holder ?? '')
      if (dead) dead.dead = true
      await clock.advance(2_000)
      expect({ seed, replaced: store.lease.holder !== before.holder && store.lease.token > before.token }).toEqual({
        seed,
        replaced: true,
      })
    }
  })

  const guards: Record<string, Planted> = {
    'effects that do not look at their token': { unfencedEffects: true },
    'a ledger that believes any attempt': {
      ledger: class extends MemoryLedger {
        protected override current(_slot: SlotRow, _attempt: number) {
          return true
        }
      },
    },
  }
  for (const [name, planted] of Object.entries(guards)) {
    it(`catches ${name}`, async () => {
      for (let seed = 1; seed <= runs; seed++) {
        const { doubled, missing } = await history(seed, planted)
        if (doubled.length + missing.length > 0) return
      }
      throw new Error('it was not missed')
    })
  }
})
