import type { Clock } from '@gala/kernel'
import { comesAgain, slotTimes } from './calendar.js'
import { aheadMs, decide } from './decide.js'
import {
  type Definition,
  dueSlot,
  type Lead,
  LeaseLost,
  type Ledger,
  type Move,
  type SlotRow,
  slotName,
} from './ledger.js'
import { misfireDetail, stillToRun } from './misfires.js'
import { noMoreOut } from './out-at-once.js'
import type { Handed } from './queue.js'

/** A holder that has not renewed its lease for so long is replaced. Three missed steps, and time for a slow one. */
const schedulerLeaseMs = 1_200
/** A round that takes longer renews in between: others look whenever the lease is over. */
const keepAfterMs = 400
export const stepEveryMs = 250
/** Slots are in the ledger so long before they are due: what is missed was written down as due. */
const plannedAheadMs = 60_000
const planAgainMs = 30_000
/** Of one job in one step, and of all: what is more is planned in the next. */
const timesMax = 2_000
const rowsMax = 5_000
const openMax = 5_000
/** Of one call of a ledger. */
const atOnceMax = 500

export interface SchedulerTells {
  led(scope: string, token: number): void
  lost(scope: string): void
  failed(scope: string, error: unknown): void
  /** How far the own wall clock is off the ledger's, in milliseconds. */
  clock(scope: string, offsetMs: number): void
  /** Slots that will not be run, because their time had passed before anybody could. */
  missed(scope: string, slots: number): void
}

export interface SchedulerOptions {
  ledger: Ledger
  clock: Clock
  /** This process, in this life. */
  holder: string
  /** What is to be run in this scope: the same array until something has changed. */
  definitions: () => Promise<readonly Definition[]>
  /** Where slots of a job are run: one empty name for a global one. */
  dc: string
  /** Hands out a slot whose time has come. */
  dispatch: (handed: Handed) => void
  tell: SchedulerTells
}

/**
 * Plans slots and hands them out while it holds the lease of its scope. It goes by the ledger's clock; its own only measures
 * how long ago that was asked. Whatever it decides is written on the lease's token, so that one that was replaced and does not
 * know it yet changes nothing.
 */
export class Scheduler {
  #lead: Lead | undefined
  /** The own monotonic clock when the lease was last asked for, before the answer. */
  #askedAtMs = 0
  #planned = new Map<string, number>()
  #plannedFor: readonly Definition[] | undefined
  readonly #timers = new Set<() => void>()

  constructor(private readonly options: SchedulerOptions) {}

  /** What it knows of the lease; undefined while it has not been asked. */
  get lead(): Lead | undefined {
    return this.#lead
  }

  /** How far the own wall clock is ahead of the ledger's. */
  get clockOffsetMs(): number | undefined {
    return this.#lead && this.options.clock.nowMs() - this.#nowMs()
  }

  /** One look: lease, plan, decide, hand out. Never rejects. */
  async step(): Promise<void> {
    const { ledger, clock, holder, tell } = this.options
    const before = this.#lead
    try {
      const askedAtMs = clock.monotonicMs()
      const lead = await ledger.lead(holder, schedulerLeaseMs)
      this.#askedAtMs = askedAtMs
      this.#lead = lead
      tell.clock(ledger.scope, clock.nowMs() - lead.nowMs)
      if (!lead.leads) {
        if (before?.leads) this.#dropped()
        return
      }
      if (!before?.leads || before.token !== lead.token) {
        this.#plannedFor = undefined
        tell.led(ledger.scope, lead.token)
      }
      await this.#manage(lead)
    } catch (error) {
      if (error instanceof LeaseLost) this.#dropped()
      else tell.failed(ledger.scope, error)
    }
  }

  async stop(): Promise<void> {
    this.#disarm()
    if (this.#lead?.leads) await this.options.ledger.resign(this.options.holder)
    this.#lead = undefined
  }

  #disarm() {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  #dropped() {
    this.#disarm()
    this.options.tell.lost(this.options.ledger.scope)
    if (this.#lead) this.#lead = { ...this.#lead, leads: false }
  }

  async #manage(lead: Lead) {
    const { ledger } = this.options
    const jobs = await this.options.definitions()
    await this.#keep(lead)
    const behind = await this.#plan(lead, jobs)
    await this.#keep(lead)
    const open = await ledger.open(lead.nowMs + aheadMs, openMax)
    const moves = noMoreOut(await this.#decide(lead, jobs, open, behind), open, jobs)
    if (moves.length === 0) return
    const byId = new Map(jobs.map((job) => [job.id, job]))
    const runAtMs = new Map(open.map((slot) => [slotName(slot), slot.runAtMs]))
    for (const some of inParts(moves)) {
      await this.#keep(lead)
      const done = await ledger.apply(lead.token, some)
      this.#tellMissed(some.filter(({ set }, i) => done[i] && isMissed(set)).length)
      // Now, and not after all parts: what is written as handed out and is not would stand until its lease is over.
      some.forEach((move, i) => {
        const job = byId.get(move.key.job)
        if (done[i] && job && move.set.state === 'leased') this.#arm(move, runAtMs.get(slotName(move.key)) ?? 0, job)
      })
    }
  }

  /** Renews the lease in the middle of much work. @throws LeaseLost when it is somebody else's. */
  async #keep({ token }: Lead) {
    const { ledger, clock, holder } = this.options
    const askedAtMs = clock.monotonicMs()
    if (askedAtMs - this.#askedAtMs < keepAfterMs) return
    const lead = await ledger.lead(holder, schedulerLeaseMs)
    this.#askedAtMs = askedAtMs
    this.#lead = lead
    if (!lead.leads || lead.token !== token) throw new LeaseLost(ledger.scope)
  }

  /** Writes ahead what is due within the next minute, and what nobody has planned so far. Returns jobs it has not finished with. */
  async #plan(lead: Lead, jobs: readonly Definition[]): Promise<Set<string>> {
    const { ledger } = this.options
    if (this.#plannedFor !== jobs) {
      const planned = new Map<string, number>()
      for (const some of inParts(jobs)) {
        for (const [id, untilMs] of await ledger.plannedUntil(some)) planned.set(id, untilMs)
      }
      this.#planned = planned
      this.#plannedFor = jobs
    }
    const slots: SlotRow[] = []
    const until = new Map<string, number>()
    const behind = new Set<string>()
    for (const job of jobs) {
      if (job.removed || !comesAgain(job.schedule)) continue
      const fromMs = this.#planned.get(job.id) ?? job.updatedAtMs
      if (fromMs >= lead.nowMs + planAgainMs) continue
      if (slots.length >= rowsMax) {
        behind.add(job.id)
        continue
      }
      const toMs = lead.nowMs + plannedAheadMs
      const { times, complete } = slotTimes(job.schedule, fromMs, toMs, timesMax)
      slots.push(...this.#written(job, times, lead.nowMs, complete))
      until.set(job.id, complete ? toMs : (times.at(-1) ?? toMs))
      if (!complete) behind.add(job.id)
    }
    if (until.size > 0) {
      await ledger.plan(lead.token, slots, until)
      this.#tellMissed(slots.filter(isMissed).length)
      for (const [id, untilMs] of until) this.#planned.set(id, untilMs)
    }
    return behind
  }

  #tellMissed(slots: number) {
    if (slots > 0) this.options.tell.missed(this.options.ledger.scope, slots)
  }

  /** What was missed and is not to be run after all goes into the ledger as that. */
  #written(job: Definition, times: readonly number[], nowMs: number, complete: boolean): SlotRow[] {
    const { misfire, graceMs, shards } = job.policy
    const missed = times.filter((atMs) => nowMs - atMs > graceMs)
    // Of a part of what was missed nobody can say yet which are the newest.
    const kept = new Set(
      complete || misfire.policy === 'window' || misfire.policy === 'skip'
        ? stillToRun(misfire, missed, nowMs)
        : missed,
    )
    return times.flatMap((atMs) =>
      Array.from({ length: shards }, (_, shard) => {
        const key = { job: job.id, atMs, dc: this.options.dc, shard }
        if (nowMs - atMs <= graceMs || kept.has(atMs)) return dueSlot(key)
        const detail = misfireDetail(misfire, nowMs - atMs)
        return dueSlot(key, { state: 'skipped', reason: 'misfire', detail, endedAtMs: nowMs })
      }),
    )
  }

  async #decide(lead: Lead, jobs: readonly Definition[], open: readonly SlotRow[], behind: ReadonlySet<string>) {
    const byId = new Map(jobs.map((job) => [job.id, job]))
    const groups = Map.groupBy(open, ({ job, dc, shard }) => `${job}|${dc}|${shard}`)
    const moves: Move[] = []
    for (const slots of groups.values()) {
      const job = byId.get(slots[0]?.job ?? '')
      if (!job) continue
      const sorted = slots.toSorted((a, b) => a.atMs - b.atMs)
      const dependencies = await this.#dependencies(job, sorted, lead.nowMs)
      moves.push(
        ...decide({
          job,
          slots: sorted,
          nowMs: lead.nowMs,
          ledSinceMs: lead.takenAtMs ?? 0,
          caughtUp: !behind.has(job.id),
          dependencies,
        }),
      )
    }
    return moves
  }

  async #dependencies(job: Definition, slots: readonly SlotRow[], nowMs: number) {
    const found = new Map<string, SlotRow | undefined>()
    if (!slots.some(({ state, runAtMs }) => (state === 'due' || state === 'late') && runAtMs <= nowMs)) return found
    // Steps of a timeline wait for each other whatever their times; what comes again, for the newest there is by now.
    const upToMs = job.step === null ? nowMs : endOfTimeMs
    for (const id of job.policy.after) {
      found.set(id, await this.options.ledger.newest(id, this.options.dc, upToMs))
    }
    return found
  }

  /** Hands a slot out at its time, by the ledger's clock, unless the lease is over by then. */
  #arm({ key, from }: Move, runAtMs: number, job: Definition) {
    const waitMs = Math.max(0, runAtMs - this.#nowMs())
    const cancel = this.options.clock.after(waitMs, () => {
      this.#timers.delete(cancel)
      if (this.#holds()) this.options.dispatch({ key, attempt: from.attempt + 1, job: handedOf(job) })
    })
    this.#timers.add(cancel)
  }

  #holds(): boolean {
    return this.#lead?.leads === true && this.options.clock.monotonicMs() - this.#askedAtMs < schedulerLeaseMs
  }

  #nowMs(): number {
    return (this.#lead?.nowMs ?? 0) + this.options.clock.monotonicMs() - this.#askedAtMs
  }
}

const inParts = <T>(all: readonly T[]): (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / atOnceMax) }, (_, i) => all.slice(i * atOnceMax, (i + 1) * atOnceMax))

const isMissed = ({ state, reason }: Partial<SlotRow>) => state === 'skipped' && reason === 'misfire'

const handedOf = ({ id, event, step, handler, params, policy }: Definition): Handed['job'] => ({
  id,
  event,
  step,
  handler,
  params,
  policy,
})

/** The last moment a database column holds. */
const endOfTimeMs = Date.UTC(9999, 0, 1)
