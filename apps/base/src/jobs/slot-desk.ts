import { AppError, fieldRefused } from '@gala/contracts'
import { Inject, Injectable } from '@nestjs/common'
import type { EntityManager } from 'typeorm'
import { hasEnded, type Ledger, type Move, type SlotKey, type SlotRow } from './ledger.js'
import { SlotsRepository } from './slots.repository.js'

/** The ledger of each data centre, own and others, by its id. */
export const DC_LEDGERS = Symbol('DC_LEDGERS')

interface By {
  actor: string
  reason: string
}

/** What operators order of single slots: in the database for what is global, in the Redis of a data centre for what is its own. */
@Injectable()
export class SlotDesk {
  constructor(
    private readonly slots: SlotsRepository,
    @Inject(DC_LEDGERS) private readonly ledgers: ReadonlyMap<string, Ledger>,
  ) {}

  async add(manager: EntityManager, slots: readonly SlotRow[]): Promise<void> {
    for (const slot of slots) {
      if (slot.dc === '') await this.slots.add(manager, slot)
    }
    const own = slots.filter(({ dc }) => dc !== '')
    if (own[0]) await this.#ledger(own[0].dc).plan(undefined, own, new Map())
  }

  /** Those that are not in the ledger, or were skipped. Returns how many. */
  async fill(manager: EntityManager, slots: readonly SlotRow[]): Promise<number> {
    let added = 0
    for (const slot of slots) {
      const held = await this.#held(manager, slot)
      if (held && held.state !== 'skipped') continue
      if (!held) await this.add(manager, [slot])
      else await this.#set(manager, held, { ...again, runAtMs: slot.runAtMs, manual: slot.manual })
      added++
    }
    return added
  }

  /** @throws AppError SLOT_NOT_FOUND, SLOT_NOT_OPEN. */
  async act(
    manager: EntityManager,
    key: SlotKey,
    act: 'skip' | 'run' | 'cancel',
    by: By,
    nowMs: number,
  ): Promise<{ before: SlotRow; after: SlotRow }> {
    const before = await this.#held(manager, key)
    if (!before) throw new AppError('SLOT_NOT_FOUND', `${key.job} has no slot at ${new Date(key.atMs).toISOString()}`)
    const set = orderOf(before, act, by, nowMs)
    if (!set) throw new AppError('SLOT_NOT_OPEN', `the slot is ${before.state}`)
    await this.#set(manager, before, set)
    return { before, after: { ...before, ...set } }
  }

  async #held(manager: EntityManager, key: SlotKey): Promise<SlotRow | undefined> {
    return key.dc === '' ? await this.slots.locked(manager, key) : await this.#ledger(key.dc).read(key)
  }

  /** @throws AppError SLOT_NOT_OPEN when it has changed meanwhile. */
  async #set(manager: EntityManager, slot: SlotRow, set: Move['set']) {
    if (slot.dc === '') {
      await this.slots.set(slot, manager, set)
      return
    }
    const { job, atMs, dc, shard, state, attempt } = slot
    const [done] = await this.#ledger(dc).apply(undefined, [
      { key: { job, atMs, dc, shard }, from: { state, attempt }, set },
    ])
    if (!done) throw new AppError('SLOT_NOT_OPEN', 'the slot has just changed')
  }

  #ledger(dc: string): Ledger {
    const ledger = this.ledgers.get(dc)
    if (!ledger) throw fieldRefused('body.dc', `there is no data centre ${dc}`)
    return ledger
  }
}

const again = { state: 'due', reason: null, detail: null, endedAtMs: null } as const

function orderOf(slot: SlotRow, act: 'skip' | 'run' | 'cancel', by: By, nowMs: number): Move['set'] | undefined {
  const waits = slot.state === 'due' || slot.state === 'late'
  if (act === 'cancel') return slot.state === 'running' ? { cancel: true } : undefined
  if (act === 'skip') {
    const detail = `${by.actor}: ${by.reason}`.slice(0, 500).toWellFormed()
    return waits ? { state: 'skipped', reason: 'operator', detail, endedAtMs: nowMs } : undefined
  }
  if (!waits && !hasEnded(slot)) return undefined
  // One that has ended is run once more; what it has done before stays done once.
  return { ...again, runAtMs: nowMs, manual: by }
}
