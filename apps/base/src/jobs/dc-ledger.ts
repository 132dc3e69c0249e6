import { type Clock, randomId } from '@gala/kernel'
import type { Redis } from 'ioredis'
import {
  applyScript,
  beatScript,
  beginScript,
  changedScript,
  finishScript,
  leadScript,
  mirroredScript,
  newestScript,
  openScript,
  plannedUntilScript,
  planScript,
  readScript,
  resignScript,
  restoreScript,
} from './dc-ledger-scripts.js'
import {
  type Beat,
  type Definition,
  type Lead,
  LeaseLost,
  type Ledger,
  type Move,
  type Outcome,
  type SlotKey,
  type SlotRow,
} from './ledger.js'
import { OwnRuns } from './own-runs.js'
import { decodeSlot, encodeOpaque, encodeSlot, fieldOf } from './stored-slot.js'

export interface DcLedgerOptions {
  dc: string
  /** Of the data centre; of any form, and one that evicts nothing. */
  redis: Pick<Redis, 'eval'>
  keyPrefix: string
  clock: Pick<Clock, 'monotonicMs'>
  /** Slots of the data centre as last mirrored, of the last hour and those ahead. */
  recent: () => Promise<readonly SlotRow[]>
  /** Told when `recent` fails; it is asked again, and after ten seconds done without. */
  onError: (error: unknown) => void
  /** Longer than any process goes without asking for the lease: by then each has told a new Redis what it ran. */
  settleMs?: number
}

/** A slot that has not been mirrored as it is now. */
export interface ChangedSlot {
  slot: SlotRow
  /** Of the change. */
  revision: string
}

export interface Changed {
  /** The longest ago first. */
  changes: ChangedSlot[]
  /** How many there are in all. */
  total: number
  /** How long ago the first of them changed. */
  ageMs: number
  /** Those that had become too many to keep, since last asked. */
  lost: number
}

const defaultSettleMs = 2_000
/** A data centre whose databases are all gone does its jobs by itself. */
const restoreWithinMs = 10_000
/** Who runs a slot is heard of within it, after Redis came back. */
const heardOfWithinMs = 5_000
/** Longer than a transaction may take, so that nobody writes what another one has written newer. */
const mirrorTurnMs = 15_000
/** Of one script. A slot takes some 40 microseconds, in which Redis does nothing else. */
const slotsMax = 500
/** Of one script that writes more than is asked for at once. */
const partMax = 250
const plannedMax = 10_000

/**
 * The ledger of what a data centre does by itself, in its Redis, so that it goes on without the databases and the other centres.
 * Every change is kept there until it has been mirrored. A Redis that was restarted, or replaced by its replica, is told what
 * the mirror and the processes know before anybody leads; until then every other call rejects.
 */
export class DcLedger implements Ledger {
  readonly scope: string
  readonly #own: OwnRuns
  readonly #keys: string[]
  /** Of what Redis remembers, as last seen. */
  #life: string | undefined
  #token = 0

  constructor(private readonly options: DcLedgerOptions) {
    this.scope = options.dc
    this.#own = new OwnRuns(options.clock)
    const parts = ['about', 'slots', 'due', 'held', 'ended', 'kept', 'times', 'changed', 'planned']
    this.#keys = parts.map((part) => `${options.keyPrefix}jobs:{${options.dc}}:${part}`)
  }

  async lead(holder: string, leaseMs: number): Promise<Lead> {
    let seen = await this.#ask(holder, leaseMs)
    if (seen.life !== this.#life || !(seen.restored || seen.ready)) {
      await this.#restore(seen)
      if (!seen.ready) seen = await this.#ask(holder, leaseMs)
    }
    return seen.lead
  }

  async resign(holder: string) {
    await this.#run(resignScript, holder)
  }

  async plannedUntil(jobs: readonly Definition[]) {
    if (jobs.length === 0) return new Map<string, number>()
    if (jobs.length > slotsMax) throw new RangeError(`${jobs.length} jobs at once, of at most ${slotsMax}`)
    const ids = jobs.map(({ id }) => id)
    const known = await this.#run<(string | null)[]>(plannedUntilScript, ...ids)
    return new Map(ids.flatMap((id, i) => (known[i] ? [[id, Number(known[i])] as const] : [])))
  }

  async plan(token: number | undefined, slots: readonly SlotRow[], until: ReadonlyMap<string, number>) {
    this.#check(slots, plannedMax)
    // In order of time, and so mirrored in it: how far it was planned is known from the last that was mirrored.
    const parts = partsOf(slots.toSorted((a, b) => a.atMs - b.atMs))
    const last = parts.pop() ?? []
    // Each is fenced by itself. If it ends between two of them nothing is lost: how far it came is noted with the last.
    for (const part of parts) await this.#run(planScript, token ?? '', part.length, ...part.flatMap(fieldAndSlot))
    await this.#run(planScript, token ?? '', last.length, ...last.flatMap(fieldAndSlot), ...[...until].flat())
  }

  async open(untilMs: number, limit: number) {
    const found = await this.#run<string[]>(openScript, Math.floor(untilMs), Math.min(limit, openedMax))
    const inOrder = found.map(decodeSlot).toSorted((a, b) => a.runAtMs - b.runAtMs || a.atMs - b.atMs)
    return inOrder.slice(0, limit)
  }

  async read(key: SlotKey) {
    this.#check([key])
    const found = await this.#run<string | null>(readScript, fieldOf(key))
    return found ? decodeSlot(found) : undefined
  }

  async newest(job: string, dc: string, atMs: number) {
    if (dc !== this.scope) return undefined
    const last = fieldOf({ job, atMs: Math.floor(atMs), shard: 99 })
    const found = await this.#run<string | null>(newestScript, last, `${job}|`)
    return found ? decodeSlot(found) : undefined
  }

  async apply(token: number | undefined, moves: readonly Move[]) {
    this.#check(moves.map(({ key }) => key))
    const args = moves.flatMap(({ key, from, set }) => [fieldOf(key), from.state, from.attempt, encodeSlot(set)])
    return (await this.#run<number[]>(applyScript, token ?? '', ...args)).map((done) => done === 1)
  }

  async begin(key: SlotKey, attempt: number, holder: string, leaseMs: number) {
    this.#check([key])
    const begun = await this.#run<string | null>(beginScript, fieldOf(key), attempt, holder, leaseMs)
    if (!begun) return undefined
    const slot = decodeSlot(begun)
    this.#own.note(slot)
    return slot
  }

  async beat(runs: readonly Beat[], leaseMs: number) {
    this.#check(runs.map(({ key }) => key))
    if (runs.length === 0) return []
    const args = runs.flatMap(({ key, attempt, progress }) => [fieldOf(key), attempt, encodeOpaque(progress) ?? ''])
    const answers = await this.#run<('go-on' | 'cancel' | 'lost')[]>(beatScript, leaseMs, ...args)
    for (const [i, { key, attempt }] of runs.entries()) {
      if (answers[i] === 'lost') this.#own.forget(key, attempt)
      else this.#own.touch(key, attempt)
    }
    return answers
  }

  async finish(key: SlotKey, attempt: number, { outcome, ...more }: Outcome) {
    this.#check([key])
    const set = encodeSlot({ ...more, result: more.result ?? null })
    const error = JSON.stringify([outcome === 'ok' ? null : (more.detail?.toWellFormed() ?? null)])
    const ended = await this.#run<string | null>(finishScript, fieldOf(key), attempt, set, outcome, error)
    if (ended) this.#own.note(decodeSlot(ended))
    else this.#own.forget(key, attempt)
    return ended !== null
  }

  /** What is to be mirrored, at most `limit`; undefined while another process has its turn. It stays until `mirrored`. */
  async changed(process: string, limit: number): Promise<Changed | undefined> {
    type Answer = [number, number, number, [string, string][]]
    const answer = await this.#run<Answer | null>(changedScript, process, mirrorTurnMs, Math.min(limit, slotsMax))
    if (!answer) return undefined
    const [total, ageMs, lost, found] = answer
    const changes = found.map(([revision, raw]) => ({ slot: decodeSlot(raw), revision }))
    return { changes, total, ageMs, lost }
  }

  /** They have been written down as they were. */
  async mirrored(changes: readonly ChangedSlot[]): Promise<void> {
    await this.#run(mirroredScript, ...changes.flatMap(({ slot, revision }) => [fieldOf(slot), revision]))
  }

  async #ask(holder: string, leaseMs: number) {
    const waits = [this.options.settleMs ?? defaultSettleMs, restoreWithinMs]
    type Answer = [string, number, number, number, string, number, number]
    const args = [holder, leaseMs, this.#token, randomId(), ...waits]
    const [life, restored, ready, nowMs, now, token, taken] = await this.#run<Answer>(leadScript, ...args)
    // However little Redis may remember the next time, it goes on from here.
    this.#token = Math.max(this.#token, token)
    const lead = { nowMs, leads: now === holder, holder: now || null, token, takenAtMs: now ? taken : null }
    return { life, restored: restored === 1, ready: ready === 1, lead }
  }

  /** Tells a Redis that was not there before what this process ran, and what the mirror has of everybody, once. */
  async #restore({ life, restored, ready }: { life: string; restored: boolean; ready: boolean }) {
    if (life !== this.#life) {
      await this.#putBack(life, this.#own.slots, false)
      this.#life = life
    }
    if (restored || ready) return
    const recent = await this.options.recent().catch((error: unknown) => void this.options.onError(error))
    if (recent) await this.#putBack(life, recent, true)
  }

  async #putBack(life: string, slots: readonly SlotRow[], last: boolean) {
    const own = slots.filter(({ dc }) => dc === this.scope)
    for (const part of partsOf(own))
      await this.#run(restoreScript, life, heardOfWithinMs, 0, part.length, ...part.flatMap(fieldAndSlot))
    if (last) await this.#run(restoreScript, life, heardOfWithinMs, 1, 0, ...plannedBy(own).flat())
  }

  /** What is asked of the wrong ledger, or without measure, is a fault of whoever asks. */
  #check(keys: readonly SlotKey[], max = slotsMax) {
    const stranger = keys.find(({ dc }) => dc !== this.scope)
    if (stranger) throw new Error(`a slot of ${stranger.dc || 'all data centres'} is not kept in ${this.scope}`)
    if (keys.length > max) throw new RangeError(`${keys.length} slots at once, of at most ${max}`)
  }

  async #run<T>(script: string, ...args: (string | number)[]): Promise<T> {
    try {
      return (await this.options.redis.eval(script, this.#keys.length, ...this.#keys, ...args)) as T
    } catch (error) {
      const [code] = error instanceof Error ? error.message.split(' ') : []
      if (code === 'LEASELOST') throw new LeaseLost(this.scope)
      if (code === 'RESTORING') throw new Error(`the slots of ${this.scope} are being restored`, { cause: error })
      if (code === 'FULL') throw new Error(`too many slots of ${this.scope} have not ended`, { cause: error })
      throw error
    }
  }
}

const openedMax = 5_000

const partsOf = (slots: readonly SlotRow[]): SlotRow[][] =>
  Array.from({ length: Math.ceil(slots.length / partMax) }, (_, i) => slots.slice(i * partMax, (i + 1) * partMax))

const fieldAndSlot = (slot: SlotRow) => [fieldOf(slot), encodeSlot(slot)]

/** By job, up to when it had been planned at least. What was added by hand says nothing of that. */
function plannedBy(slots: readonly SlotRow[]): [string, number][] {
  const until = new Map<string, number>()
  for (const { job, atMs, manual } of slots) {
    if (!manual) until.set(job, Math.max(atMs, until.get(job) ?? 0))
  }
  return [...until]
}
