import { eventTimeMs, type StepGiven } from '@gala/contracts'
import type { JobEntity } from '@gala/database'
import { describe, expect, it } from '@jest/globals'
import { dueSlot, type SlotRow } from '../jobs/ledger.js'
import { stepPolicy, templates } from './templates.js'
import { planTimeline, type StandingStep } from './timeline-plan.js'

const event = { startAt: '2026-02-16T12:00:00.000Z', endAt: '2026-02-16T13:30:00.000Z' }
const startMs = Date.parse(event.startAt)
const minuteMs = 60_000
const attempt = { n: 1, holder: 'one', atMs: 0, endedAtMs: 1, outcome: 'ok' as const, error: null }

const step = (key: string, at: string, more: Partial<StepGiven> = {}): StepGiven => ({
  ...{ key, title: key, at, handler: 'mark', params: {}, irreversible: false, onFailure: 'go-on' },
  ...more,
})

/** A step as it stands, in a state. */
function standing(given: StepGiven, order: number, slot: Partial<SlotRow> = {}): StandingStep {
  const job = {
    ...{ id: `launch.${given.key}`, eventId: 'launch', step: given.key, stepOrder: order, title: given.title },
    ...{ schedule: { kind: 'event', at: given.at }, handler: given.handler, params: given.params, policy: stepPolicy },
    ...{ irreversible: given.irreversible ? 1 : 0, onFailure: given.onFailure, approvals: [], removed: 0, version: 1 },
  } as unknown as JobEntity
  return { job, slot: { ...dueSlot({ job: job.id, atMs: eventTimeMs(given.at, event), dc: '', shard: 0 }), ...slot } }
}

const later = (minutes: number) => ({
  startAt: new Date(startMs + minutes * minuteMs).toISOString(),
  endAt: new Date(Date.parse(event.endAt) + minutes * minuteMs).toISOString(),
})

describe('a timeline that moves with its event', () => {
  const room = step('open-room', 'T-30m')
  const warm = step('warm', 'T-20m')
  const live = step('go-live', 'T')
  const end = step('end', 'END')
  const halfway = [
    standing(room, 0, { state: 'ok', attempts: [attempt] }),
    standing(warm, 1, { state: 'running', attempt: 1 }),
    standing(live, 2),
    standing(end, 3, { state: 'late', reason: 'held' }),
  ]

  it('moves what has not begun, and nothing that has', () => {
    const { acts, changes } = planTimeline(halfway, undefined, later(10), startMs - 15 * minuteMs)
    expect(changes.map(({ step, what, note }) => [step, what, note])).toEqual([
      ['open-room', 'stays', 'it is ok'],
      ['warm', 'stays', 'it is running'],
      ['go-live', 'moved', ''],
      ['end', 'moved', ''],
    ])
    expect(acts).toEqual([
      { kind: 'move', job: halfway[2]?.job, dueMs: startMs + 10 * minuteMs },
      { kind: 'move', job: halfway[3]?.job, dueMs: Date.parse(event.endAt) + 10 * minuteMs },
    ])
  })

  it('says what becomes due at once when the start comes nearer', () => {
    const { changes } = planTimeline([standing(warm, 0)], undefined, later(-60), startMs - 30 * minuteMs)
    expect(changes).toMatchObject([{ step: 'warm', what: 'moved', note: 'it is due at once' }])
  })

  it('does nothing when nothing is another time', () => {
    expect(planTimeline(halfway, undefined, event, startMs - 15 * minuteMs).acts).toEqual([])
  })

  it('leaves alone what was skipped, and what is between two attempts', () => {
    const skipped = standing(warm, 0, { state: 'skipped', reason: 'operator' })
    const again = standing(live, 1, { state: 'due', attempts: [attempt] })
    const { acts, changes } = planTimeline([skipped, again], undefined, later(10), startMs - minuteMs)
    expect(acts).toEqual([])
    expect(changes.map(({ what }) => what)).toEqual(['stays', 'stays'])
  })
})

describe('a timeline that is written anew', () => {
  it('has every step of a template, in order, those whose time is over marked as that', () => {
    const { acts, changes } = planTimeline([], templates.launch, event, startMs - 25 * minuteMs)
    expect(acts.map((act) => act.kind)).toEqual(templates.launch.map(() => 'add'))
    const over = changes.filter(({ note }) => note === 'its time is over: it is not run').map(({ step }) => step)
    expect(over).toEqual(['first-check', 'open-room', 'preheat'])
  })

  it('adds, changes, removes, and keeps what has begun although it is not wanted any more', () => {
    const done = standing(step('open-room', 'T-30m'), 0, { state: 'ok', attempts: [attempt] })
    const held = standing(step('warm', 'T-20m'), 1)
    const gone = standing(step('remind', 'T-15m'), 2)
    const wanted = [step('warm', 'T-10m', { params: { rounds: 2 } }), step('go-live', 'T')]
    const { acts, changes } = planTimeline([done, held, gone], wanted, event, startMs - 25 * minuteMs)
    expect(acts.map((act) => [act.kind, 'job' in act ? act.job.step : act.step.key])).toEqual([
      ['change', 'warm'],
      ['add', 'go-live'],
      ['remove', 'remind'],
    ])
    expect(acts[0]).toMatchObject({ anew: true, dueMs: startMs - 10 * minuteMs })
    expect(changes.map(({ step, what }) => [step, what])).toEqual([
      ['warm', 'moved'],
      ['go-live', 'added'],
      ['open-room', 'stays'],
      ['remind', 'removed'],
    ])
  })

  it('does not ask for approvals again when only the time is another one', () => {
    const live = step('go-live', 'T', { irreversible: true })
    const { acts } = planTimeline([standing(live, 0)], [{ ...live, at: 'T+1m' }], event, startMs - minuteMs)
    expect(acts).toMatchObject([{ kind: 'change', anew: false }])
  })
})
