import { type Event, eventTimeMs, type StepGiven, type TimelineChange } from '@gala/contracts'
import type { JobEntity } from '@gala/database'
import { hasBegun, type SlotRow } from '../jobs/ledger.js'
import { stepPolicy } from './templates.js'

/** A step as it stands: its job, and its newest slot that was not moved away. */
export interface StandingStep {
  job: JobEntity
  slot: SlotRow | undefined
}

/** What has to be written for one step. */
export type StepAct =
  | { kind: 'add'; step: StepGiven; order: number; dueMs: number; over: boolean }
  | { kind: 'change'; job: JobEntity; step: StepGiven; order: number; dueMs: number; anew: boolean }
  | { kind: 'move'; job: JobEntity; dueMs: number }
  | { kind: 'remove'; job: JobEntity }

export interface TimelinePlan {
  acts: StepAct[]
  changes: TimelineChange[]
}

/**
 * What it takes to get from the steps there are to those that are wanted, at the event's times. What has begun stays as it is:
 * nothing that was done is done again, and nothing done is taken back. `steps` undefined: the same steps, at other times.
 */
export function planTimeline(
  standing: readonly StandingStep[],
  steps: readonly StepGiven[] | undefined,
  event: Pick<Event, 'startAt' | 'endAt'>,
  nowMs: number,
): TimelinePlan {
  const plan: TimelinePlan = { acts: [], changes: [] }
  const byKey = new Map(standing.map((of) => [of.job.step ?? '', of]))
  const wanted = steps ?? standing.map(({ job }) => stepOf(job))
  wanted.forEach((step, order) => {
    const held = byKey.get(step.key)
    byKey.delete(step.key)
    const dueMs = eventTimeMs(step.at, event)
    if (held) keep(plan, held, step, order, dueMs, nowMs)
    else add(plan, step, order, dueMs, nowMs)
  })
  for (const { job, slot } of byKey.values()) {
    if (hasBegun(slot)) note(plan, job.step, 'stays', slot, slot?.atMs, 'it has begun')
    else {
      plan.acts.push({ kind: 'remove', job })
      note(plan, job.step, 'removed', slot, undefined, '')
    }
  }
  return plan
}

function add({ acts, changes }: TimelinePlan, step: StepGiven, order: number, dueMs: number, nowMs: number) {
  const over = dueMs < nowMs
  acts.push({ kind: 'add', step, order, dueMs, over })
  changes.push({
    step: step.key,
    what: 'added',
    from: null,
    to: iso(dueMs),
    note: over ? 'its time is over: it is not run' : '',
  })
}

function keep(plan: TimelinePlan, held: StandingStep, step: StepGiven, order: number, dueMs: number, nowMs: number) {
  const { job, slot } = held
  if (hasBegun(slot)) {
    note(
      plan,
      step.key,
      'stays',
      slot,
      slot?.atMs,
      slot?.state === 'skipped' ? 'it was skipped' : `it is ${slot?.state}`,
    )
    return
  }
  const moved = slot !== undefined && slot.atMs !== dueMs
  const at = dueMs <= nowMs ? 'it is due at once' : ''
  if (!sameStep(stepOf(job), step) || job.stepOrder !== order) {
    const anew = JSON.stringify([job.handler, job.params]) !== JSON.stringify([step.handler, step.params])
    plan.acts.push({ kind: 'change', job, step, order, dueMs, anew })
    note(plan, step.key, moved ? 'moved' : 'changed', slot, dueMs, at)
  } else if (moved) {
    plan.acts.push({ kind: 'move', job, dueMs })
    note(plan, step.key, 'moved', slot, dueMs, at)
  }
}

function note(
  { changes }: TimelinePlan,
  step: string | null,
  what: TimelineChange['what'],
  slot: SlotRow | undefined,
  toMs: number | undefined,
  text: string,
) {
  changes.push({
    step: step ?? '',
    what,
    from: slot ? iso(slot.atMs) : null,
    to: toMs === undefined ? null : iso(toMs),
    note: text,
  })
}

/** The step a job was made from. */
const stepOf = (job: JobEntity): StepGiven => ({
  key: job.step ?? '',
  title: job.title,
  at: job.schedule.kind === 'event' ? job.schedule.at : 'T',
  handler: job.handler,
  params: job.params,
  policy: job.policy,
  irreversible: job.irreversible === 1,
  onFailure: job.onFailure,
})

const sameStep = (a: StepGiven, b: StepGiven) => shape(a) === shape(b)
const shape = ({ title, at, handler, params, policy, irreversible, onFailure }: StepGiven) =>
  JSON.stringify([title, at, handler, params, policy ?? stepPolicy, irreversible, onFailure])

const iso = (atMs: number) => new Date(atMs).toISOString()
