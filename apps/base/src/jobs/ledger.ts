import type { JobPolicy, Schedule, SlotReason, SlotState } from '@gala/contracts'
import type { StoredAttempt } from '@gala/database'

/** All times in Unix milliseconds, by the clock of the ledger. */

/** Names a slot: one time a job is due, in one data centre (empty: global) and one shard. */
export interface SlotKey {
  job: string
  atMs: number
  dc: string
  shard: number
}

export interface Progress {
  done: number
  total: number
  note: string
}

export interface SlotRow extends SlotKey {
  state: SlotState
  reason: SlotReason | null
  detail: string | null
  /** When it may run: `atMs`, or later after a failure, or earlier when run by hand. */
  runAtMs: number
  /** Counts up each time it is handed out. */
  attempt: number
  attempts: StoredAttempt[]
  holder: string | null
  /** Of a slot that is leased or running: after it, whoever holds it is given up. */
  leaseUntilMs: number | null
  startedAtMs: number | null
  endedAtMs: number | null
  /** Whoever runs it is to end it. */
  cancel: boolean
  progress: Progress | null
  result: unknown
  manual: { actor: string; reason: string } | null
}

/** A job as the scheduler needs it. */
export interface Definition {
  id: string
  event: string | null
  step: string | null
  schedule: Schedule
  handler: string
  params: Record<string, unknown>
  policy: JobPolicy
  paused: boolean
  removed: boolean
  /** Of a step: its timeline is held. */
  held: boolean
  /** Of a step: it needs nobody's word any more. */
  approved: boolean
  onFailure: 'go-on' | 'hold'
  /** Every slot before it is in the global ledger; null: nothing has been planned. */
  plannedUntilMs: number | null
  /** When it was last changed: slots of before that were never planned are not missed. */
  updatedAtMs: number
}

/** What the scheduler does to a slot. It happens only when state and attempt still are what they were. */
export interface Move {
  key: SlotKey
  from: Pick<SlotRow, 'state' | 'attempt'>
  set: Partial<Omit<SlotRow, keyof SlotKey>>
}

export interface Lead {
  /** The ledger's clock. */
  nowMs: number
  leads: boolean
  /** Whoever has it now; null: nobody. */
  holder: string | null
  /** Counts up with every take-over. */
  token: number
  takenAtMs: number | null
}

/** What a run came to. `state: 'due'` with a `runAtMs`: it is tried again. */
export interface Outcome {
  state: 'ok' | 'failed' | 'skipped' | 'due'
  reason: SlotReason | null
  detail: string | null
  result?: unknown
  runAtMs?: number
  outcome: 'ok' | 'failed' | 'cancelled'
}

/**
 * Slots, their states, and who may change them: MySQL for what is global, the Redis of a data centre for what each does by itself.
 * Every call rejects when the store does not answer; nothing is half done.
 */
export interface Ledger {
  /** `global`, or the data centre. */
  readonly scope: string

  /**
   * Takes the lease when nobody has it, renews it when `holder` has it, and tells the time. A take-over counts the token up; being
   * renewed by the same holder after it has run out does too, when somebody else could have had it meanwhile.
   */
  lead(holder: string, leaseMs: number): Promise<Lead>
  /** Gives it up, if `holder` has it. */
  resign(holder: string): Promise<void>

  /** By job, up to when slots have been planned. */
  plannedUntil(jobs: readonly Definition[]): Promise<Map<string, number>>
  /**
   * Writes slots ahead, each once however often it is planned, and notes how far planning has come. An operator needs no lease:
   * `token` undefined.
   * @throws LeaseLost when `token` is not of the lease's holder now: nothing is written.
   */
  plan(token: number | undefined, slots: readonly SlotRow[], until: ReadonlyMap<string, number>): Promise<void>
  /** Slots that have not ended: all that are leased or running, and those due by `untilMs`. Oldest first, at most `limit`. */
  open(untilMs: number, limit: number): Promise<SlotRow[]>
  /** One slot, whatever its state, while the ledger remembers it. */
  read(key: SlotKey): Promise<SlotRow | undefined>
  /** The newest slot of a job at or before `atMs` that was not moved away. */
  newest(job: string, dc: string, atMs: number): Promise<SlotRow | undefined>
  /**
   * Does those of the moves that still fit; returns for each whether it was done.
   * @throws LeaseLost as `plan`.
   */
  apply(token: number | undefined, moves: readonly Move[]): Promise<boolean[]>

  /** Of whoever runs it: leased → running, when the attempt is still this one. Undefined: somebody else has it, or it is over. */
  begin(key: SlotKey, attempt: number, holder: string, leaseMs: number): Promise<SlotRow | undefined>
  /** Renews what runs. `cancel`: it is to be ended. `lost`: it was given to somebody else; nothing it does counts any more. */
  beat(runs: readonly Beat[], leaseMs: number): Promise<('go-on' | 'cancel' | 'lost')[]>
  /** Writes down what a run came to. False: it was given to somebody else meanwhile. */
  finish(key: SlotKey, attempt: number, outcome: Outcome): Promise<boolean>
}

export interface Beat {
  key: SlotKey
  attempt: number
  progress: Progress | null
}

/** The lease has gone to somebody else, or has run out: nothing that was planned on it may be written. */
export class LeaseLost extends Error {
  constructor(scope: string) {
    super(`the lease of the ${scope} scheduler was lost`)
  }
}

export const slotName = ({ job, atMs, dc, shard }: SlotKey) => `${job}|${atMs}|${dc}|${shard}`

/** A slot that has been written ahead. */
export const dueSlot = (key: SlotKey, more: Partial<SlotRow> = {}): SlotRow => ({
  ...key,
  state: 'due',
  reason: null,
  detail: null,
  runAtMs: key.atMs,
  attempt: 0,
  attempts: [],
  holder: null,
  leaseUntilMs: null,
  startedAtMs: null,
  endedAtMs: null,
  cancel: false,
  progress: null,
  result: null,
  manual: null,
  ...more,
})

export const endedStates: readonly SlotState[] = ['ok', 'failed', 'skipped']
export const hasEnded = ({ state }: Pick<SlotRow, 'state'>) => endedStates.includes(state)
/** Something of it has been done, or it is not to be done any more. */
export const hasBegun = (slot: Pick<SlotRow, 'state' | 'attempts'> | undefined): boolean =>
  slot !== undefined && !((slot.state === 'due' || slot.state === 'late') && slot.attempts.length === 0)
