import { hasEnded, type Move, type Outcome, type SlotRow } from './ledger.js'

const attemptsMax = 32

/** What a leased slot becomes when somebody begins to run it. */
export function begun(slot: SlotRow, holder: string, nowMs: number, leaseMs: number): Move['set'] {
  const attempt = { n: slot.attempt, holder, atMs: nowMs, endedAtMs: null, outcome: null, error: null }
  return {
    state: 'running',
    holder,
    leaseUntilMs: nowMs + leaseMs,
    startedAtMs: slot.startedAtMs ?? nowMs,
    attempts: [...slot.attempts, attempt].slice(-attemptsMax),
    progress: null,
  }
}

/** What a running one becomes when its newest attempt has ended. */
export function afterAttempt(slot: SlotRow, nowMs: number, outcome: Outcome): Move['set'] {
  const { state, reason, detail, result } = outcome
  const error = outcome.outcome === 'ok' ? null : detail
  return {
    state,
    reason,
    detail,
    holder: null,
    leaseUntilMs: null,
    cancel: false,
    endedAtMs: hasEnded({ state }) ? nowMs : null,
    ...(outcome.runAtMs !== undefined && { runAtMs: outcome.runAtMs }),
    ...(result !== undefined && { result }),
    attempts: slot.attempts.map((attempt) =>
      attempt.n === slot.attempt && attempt.outcome === null
        ? { ...attempt, endedAtMs: nowMs, outcome: outcome.outcome, error }
        : attempt,
    ),
  }
}
