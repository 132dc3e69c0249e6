import type { SlotReason } from '@gala/contracts'
import type { Definition, Move, SlotRow } from './ledger.js'
import { misfireDetail, stillToRun } from './misfires.js'

/** A slot that was handed out is begun within this, or handed out again: no more are out at once than can be begun in it. */
const leasedMs = 1_200
/** What the leader before has handed out may still be begun so long after its time. */
const inheritedMs = 250
/** Handed out so long before its time, so that a timer can start it to the millisecond. */
export const aheadMs = 400
/** Of one job at the same time, however it overlaps. */
const parallelMax = 16
/** Looked at within it, a slot is on time: what is promised of lateness. */
const onTimeMs = 1_000
/** Beyond its own time-out; whoever runs it should have ended it. */
const overdueMs = 10_000

/** Everything the scheduler knows of one job in one data centre and shard. */
export interface Situation {
  job: Definition
  /** Those that have not ended, oldest first. */
  slots: readonly SlotRow[]
  nowMs: number
  /** Since when whoever decides has been the leader. */
  ledSinceMs: number
  /** Nothing that was missed is still to be planned. */
  caughtUp: boolean
  /** Newest slot of each job that is waited for. */
  dependencies: ReadonlyMap<string, SlotRow | undefined>
}

/** What becomes of each slot now. Pure: the same situation always gives the same moves. */
export function decide(situation: Situation): Move[] {
  return new Decision(situation).moves()
}

type Blocked = { reason: SlotReason; detail: string; forGood: boolean }

class Decision {
  readonly #moves: Move[] = []
  /** Handed out, running, or between two attempts. */
  readonly #active: SlotRow[] = []

  constructor(private readonly of: Situation) {}

  moves(): Move[] {
    const waiting: SlotRow[] = []
    for (const slot of this.of.slots) {
      if (slot.state === 'leased' || slot.state === 'running') this.#held(slot)
      else if (slot.attempts.length > 0) this.#again(slot)
      else waiting.push(slot)
    }
    const due = waiting.filter((slot) => this.#mayWait(slot))
    for (const slot of this.#afterMisfires(due)) this.#start(slot)
    this.#ahead(waiting)
    return this.#moves
  }

  #held(slot: SlotRow) {
    const { nowMs, job } = this.of
    const overdue = slot.startedAtMs !== null && nowMs - lastBegun(slot) > job.policy.timeoutMs + overdueMs
    const over = (slot.leaseUntilMs ?? 0) <= nowMs || this.#isOrphan(slot)
    const lost = over || (slot.state === 'running' && overdue)
    if (!lost) this.#active.push(slot)
    else if (slot.state === 'leased') this.#lease(slot)
    else this.#lost(slot)
  }

  /** Handed out by the leader before, who is gone, perhaps before it came to anybody. */
  #isOrphan({ state, leaseUntilMs, runAtMs }: SlotRow): boolean {
    const { nowMs, ledSinceMs } = this.of
    return state === 'leased' && (leaseUntilMs ?? 0) - leasedMs < ledSinceMs && runAtMs + inheritedMs < nowMs
  }

  /** Whoever ran it is gone, or has hung: its attempt counts as a failed one. */
  #lost(slot: SlotRow) {
    const { nowMs, job } = this.of
    const attempts = slot.attempts.map((attempt) =>
      attempt.outcome === null
        ? { ...attempt, endedAtMs: nowMs, outcome: 'lost' as const, error: 'whoever ran it was lost' }
        : attempt,
    )
    if (attempts.length > job.policy.retries.max) {
      const detail = `whoever ran it was lost, ${attempts.length} times`
      this.#move(slot, { ...ended(nowMs), state: 'failed', reason: 'holder-lost', detail, attempts })
    } else this.#lease(slot, { attempts })
  }

  /** Between two attempts: its place in the job is kept. */
  #again(slot: SlotRow) {
    this.#active.push(slot)
    if (this.#blockedByHand(slot)) return
    if (slot.runAtMs <= this.of.nowMs + aheadMs) this.#lease(slot, {}, false)
  }

  /** Whether it is due and nothing but other slots of its job keeps it. Those that may never run are ended here. */
  #mayWait(slot: SlotRow): boolean {
    const { job, nowMs } = this.of
    if (job.removed && !slot.manual) return this.#skip(slot, 'removed', 'the job was removed')
    if (slot.runAtMs > nowMs) return false
    if (job.paused && !slot.manual) return this.#skip(slot, 'paused', 'the job is paused')
    const blocked = this.#blockedByHand(slot) ?? this.#blockedByJobs(slot)
    if (!blocked) return true
    if (blocked.forGood) return this.#skip(slot, blocked.reason, blocked.detail)
    this.#wait(slot, blocked.reason, blocked.detail)
    return false
  }

  #blockedByHand(slot: SlotRow): Blocked | undefined {
    const { job } = this.of
    if (job.held && !slot.manual) return { reason: 'held', detail: 'the timeline is held', forGood: false }
    if (!job.approved) return { reason: 'approval', detail: 'two operators have to approve it', forGood: false }
    return undefined
  }

  #blockedByJobs(slot: SlotRow): Blocked | undefined {
    if (slot.manual) return undefined
    for (const id of this.of.job.policy.after) {
      const newest = this.of.dependencies.get(id)
      if (newest?.state === 'ok') continue
      const forGood = newest?.state === 'failed' || newest?.state === 'skipped'
      return {
        reason: 'dependency',
        detail: `${id} ${forGood ? `has ${newest.state}` : 'has not ended well yet'}`,
        forGood,
      }
    }
    return undefined
  }

  /** Those due that are run after all, oldest first. Whoever has waited for something was seen in time and is not missed. */
  #afterMisfires(due: readonly SlotRow[]): SlotRow[] {
    const { job, nowMs, caughtUp } = this.of
    const { misfire, graceMs } = job.policy
    const missed = due.filter((slot) => slot.state === 'due' && !slot.manual && nowMs - slot.atMs > graceMs)
    if (missed.length === 0) return [...due]
    if (!caughtUp) return due.filter((slot) => !missed.includes(slot))
    const kept = new Set(
      stillToRun(
        misfire,
        missed.map(({ atMs }) => atMs),
        nowMs,
      ),
    )
    return due.filter((slot) => {
      if (!missed.includes(slot) || kept.has(slot.atMs)) return true
      return this.#skip(slot, 'misfire', misfireDetail(misfire, nowMs - slot.atMs))
    })
  }

  #start(slot: SlotRow) {
    const { job, nowMs } = this.of
    const [first] = this.#active
    if (!first || (job.policy.overlap === 'parallel' && this.#active.length < parallelMax)) {
      this.#lease(slot)
      return
    }
    const missed = slot.state === 'due' && nowMs - slot.runAtMs > onTimeMs
    // What was missed, waits for something else, or was ordered by hand takes its turn, whatever the policy says of what is on time.
    if (slot.manual || missed) return this.#wait(slot, missed ? 'misfire' : 'overlap', 'an earlier one runs')
    if (slot.state === 'late' && slot.reason !== 'overlap') return
    this.#overlap(slot, first)
  }

  #overlap(slot: SlotRow, first: SlotRow) {
    const { overlap } = this.of.job.policy
    const detail = `the slot of ${new Date(first.atMs).toISOString()} runs`
    const queued = this.of.slots.filter(
      (of) => of !== slot && of.state === 'late' && of.reason === 'overlap' && !of.manual && !this.#isMoved(of),
    )
    if (overlap === 'skip') this.#skip(slot, 'overlap', detail)
    else if (overlap === 'parallel') this.#wait(slot, 'overlap', `${parallelMax} run already`)
    else if (overlap === 'queue-one') {
      const before = queued.some(({ atMs }) => atMs < slot.atMs)
      if (before) this.#skip(slot, 'overlap', `${detail}, and an earlier one waits`)
      else this.#wait(slot, 'overlap', detail)
    } else {
      for (const of of queued) if (of.atMs < slot.atMs) this.#skip(of, 'overlap', 'a newer one takes its place')
      for (const of of this.#active) if (!of.cancel && of.state === 'running') this.#move(of, { cancel: true })
      this.#wait(slot, 'overlap', `${detail}, and is being ended`)
    }
  }

  /** The next one, a little before its time, when nothing can come between. */
  #ahead(waiting: readonly SlotRow[]) {
    const { job, nowMs } = this.of
    const idle = this.#active.length === 0 && !job.paused && !job.removed && job.policy.after.length === 0
    if (!idle) return
    const next = waiting.find((slot) => !this.#isMoved(slot))
    if (!next || next.runAtMs <= nowMs || next.runAtMs > nowMs + aheadMs || this.#blockedByHand(next)) return
    this.#lease(next)
  }

  #lease(slot: SlotRow, more: Move['set'] = {}, active = true) {
    const leaseUntilMs = Math.max(slot.runAtMs, this.of.nowMs) + leasedMs
    const taken = { holder: null, leaseUntilMs, cancel: false, reason: null, detail: null }
    this.#move(slot, { ...taken, ...more, state: 'leased', attempt: slot.attempt + 1 })
    if (active) this.#active.push(slot)
  }

  #wait(slot: SlotRow, reason: SlotReason, detail: string) {
    if (slot.state === 'late' && slot.reason === reason && slot.detail === detail) return
    this.#move(slot, { state: 'late', reason, detail })
  }

  #skip(slot: SlotRow, reason: SlotReason, detail: string): false {
    this.#move(slot, { ...ended(this.of.nowMs), state: 'skipped', reason, detail })
    return false
  }

  #move({ job, atMs, dc, shard, state, attempt }: SlotRow, set: Move['set']) {
    this.#moves.push({ key: { job, atMs, dc, shard }, from: { state, attempt }, set })
  }

  #isMoved(slot: SlotRow): boolean {
    return this.#moves.some(({ key }) => key.atMs === slot.atMs)
  }
}

const ended = (nowMs: number) => ({ endedAtMs: nowMs, holder: null, leaseUntilMs: null, cancel: false })

/** When its newest attempt began. */
const lastBegun = ({ attempts, startedAtMs }: SlotRow): number => attempts.at(-1)?.atMs ?? startedAtMs ?? 0
