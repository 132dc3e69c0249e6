import type { Event, Slot, Timeline, TimelineChange, TimelineStep } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import type { BoardSlot } from '../jobs/use-board.js'
import { changeSum, changeTimes, isAtOnce, timelineChanged } from './change-words.js'
import { eventOrder } from './event-order.js'
import { focusOf } from './focus.js'
import { blankDraft, draftFlaws, draftsOf, givenSteps } from './step-edits.js'
import { movedSince, nowAmong, stepLook, stepMeans } from './step-look.js'

const noon = Date.UTC(2026, 1, 16, 12)
const at = (ms: number) => new Date(noon + ms).toISOString()
const slot = (over: Partial<Slot> = {}) =>
  ({ at: at(0), runAt: at(0), state: 'due', attempt: 0, lateMs: null, startedAt: null, manual: null, ...over }) as Slot
const step = (over: Partial<TimelineStep> = {}) =>
  ({
    key: 'open-room',
    title: 'Open the room',
    at: 'T',
    handler: 'event-room',
    params: { room: 'open' },
    due: at(0),
    irreversible: false,
    onFailure: 'go-on',
    approvals: [],
    approved: true,
    slot: slot(),
    ...over,
  }) as TimelineStep
const going = { held: null }
const held = { held: { by: 'mei', reason: 'lights', at: at(0) } }

describe('the look of a step', () => {
  const looks = (of: TimelineStep, timeline: Pick<Timeline, 'held'> = going, nowMs = noon - 90_000) => {
    const { word, tone, tells } = stepLook(of, timeline, nowMs)
    return [word, tone, tells]
  }

  it('waits quietly, then is ready in its last minute', () => {
    expect(looks(step())).toEqual(['due', 'quiet', 'in 1:30'])
    expect(looks(step(), going, noon - 59_000)).toEqual(['due', 'ready', 'in 0:59'])
  })

  it('asks for the approvals it lacks, before anything else', () => {
    const asks = step({ irreversible: true, approved: false, approvals: [{ actor: 'mei', at: at(-9e5) }] })
    expect(looks(asks, held)).toEqual(['needs approval', 'asks', '1 of 2 have approved, due in 1:30'])
  })

  it('is held with its timeline until it has ended', () => {
    expect(looks(step(), held)).toEqual(['held', 'asks', 'due in 1:30'])
    expect(looks(step({ slot: slot({ state: 'ok', lateMs: 0 }) }), held)).toEqual(['done', 'good', 'on time'])
  })

  it('is bad when it is late, also while nobody has planned it', () => {
    expect(looks(step({ slot: slot({ state: 'late' }) }), going, noon + 12_000)).toEqual(['late', 'bad', 'by 12 s'])
    expect(looks(step({ slot: null }))).toEqual(['not planned', 'quiet', 'in 1:30'])
  })

  it('was moved since when it has ended at another time than its own', () => {
    expect([movedSince(step()), movedSince(step({ due: at(6e5) })), movedSince(step({ slot: null }))]).toEqual([
      false,
      true,
      false,
    ])
  })
})

describe('what can be done to a step', () => {
  it('cannot be begun again', () => {
    expect(stepMeans(step({ slot: slot({ state: 'ok' }) }), 'mei').run).toBe('It has been done with.')
    expect(stepMeans(step({ slot: slot({ state: 'running' }) }), 'mei').skip).toBe('It runs.')
    expect(stepMeans(step(), 'mei')).toEqual({ run: undefined, skip: undefined })
  })

  it('needs two different operators for what cannot be undone', () => {
    const asks = step({ irreversible: true, approved: false, approvals: [{ actor: 'mei', at: at(0) }] })
    expect(stepMeans(asks, 'mei')).toEqual({
      run: 'Two operators have to approve it first.',
      skip: undefined,
      approve: 'You have approved it: somebody else has to, too.',
    })
    expect(stepMeans(asks, 'tao')).toHaveProperty('approve', undefined)
    expect(stepMeans({ ...asks, approved: true }, 'tao')).not.toHaveProperty('approve')
  })
})

describe('now among the steps', () => {
  const steps = [0, 60_000, 180_000].map((ms) => ({ due: at(ms) }))
  it('moves from one step to the next', () => {
    expect([-1, 0, 30_000, 60_000, 150_000, 999_999].map((ms) => nowAmong(steps, noon + ms))).toEqual([
      { after: 0, share: 0 },
      { after: 1, share: 0 },
      { after: 1, share: 0.5 },
      { after: 2, share: 0 },
      { after: 2, share: 0.75 },
      { after: 3, share: 0 },
    ])
  })
})

describe('the board by what an operator looks for', () => {
  it('puts what was missed first, what is next soonest first, and what has ended newest first', () => {
    const of = (job: string, over: Partial<Slot>) => ({ ...slot(over), job }) as BoardSlot
    const focus = focusOf([
      of('old', { state: 'ok', endedAt: at(-9_000) }),
      of('far', { runAt: at(9_000) }),
      of('missed', { state: 'skipped', reason: 'misfire' }),
      of('new', { state: 'failed', endedAt: at(-1_000) }),
      of('near', { runAt: at(1_000) }),
      of('late', { state: 'late', at: at(-5_000) }),
      of('runs', { state: 'running' }),
    ])
    const names = Object.values(focus).map((slots: BoardSlot[]) => slots.map(({ job }) => job))
    expect(names).toEqual([['late', 'missed'], ['runs'], ['near', 'far'], ['new', 'old']])
  })
})

describe('a change of the script in words', () => {
  const change = (over: Partial<TimelineChange>): TimelineChange => ({
    step: 'a',
    what: 'moved',
    from: at(0),
    to: at(600_000),
    note: '',
    ...over,
  })

  it('says from when to when and by how much', () => {
    expect(changeTimes(change({}), noon)).toMatch(/^\d\d:00:00 → \d\d:10:00, 10 min later$/)
    expect(changeTimes(change({ to: at(-90_000) }), noon)).toMatch(/1 min 30 s earlier$/)
    expect(changeTimes(change({ what: 'stays', to: null }), noon)).toMatch(/^at \d\d:00:00$/)
    expect(changeTimes(change({ what: 'added', from: null }), noon)).toMatch(/^due \d\d:10:00$/)
    expect(changeTimes(change({ what: 'added', from: null }), noon + 9e8)).toMatch(/^due \d\d Feb, \d\d:10:00$/)
  })

  it('warns of what would be due at once', () => {
    const all = [change({}), change({ to: at(-1) }), change({ what: 'stays', to: at(-1) })]
    expect(all.map((of) => isAtOnce(of, noon))).toEqual([false, true, false])
    expect(changeSum(all, noon)).toBe('2 moved, 1 left as they are; ▲ 1 due at once')
    expect(changeSum([], noon)).toBe('nothing changes')
  })

  it('tells what somebody else has changed meanwhile', () => {
    const event = { startAt: at(0), endAt: at(9e6) } as Event
    const seen = { event, held: null, steps: [step(), step({ key: 'gone' })] } as unknown as Timeline
    const now = { ...held, event: { ...event, startAt: at(60_000) }, steps: [step({ at: 'T+1m' })] }
    const places = timelineChanged(seen, now as unknown as Timeline).lines.map(({ place, to }) => [place, to])
    expect(places).toEqual([
      ['timeline', 'held by mei'],
      ['start', expect.stringMatching(/:01:00$/)],
      ['open-room', 'T+1m'],
      ['gone', 'not in the script'],
    ])
    expect(timelineChanged(seen, seen).lines).toEqual([])
  })
})

describe('events to choose from', () => {
  it('begins with what is on, then what comes, then what is over', () => {
    const event = (id: string, status: Event['status'], ms: number) => ({ id, status, startAt: at(ms) }) as Event
    const events = [
      event('over', 'ended', -9e6),
      event('far', 'scheduled', 9e7),
      event('forgotten', 'draft', -9e8),
      event('near', 'preheat', 9e5),
      event('on', 'live', -9e5),
      event('again', 'replay', -9e7),
    ]
    expect(eventOrder(events, noon).map(({ id }) => id)).toEqual(['on', 'near', 'far', 'forgotten', 'over', 'again'])
  })
})

describe('steps as they are typed', () => {
  it('come back as they were when nothing is changed', () => {
    const { key, title, at: when, handler, params, irreversible, onFailure } = step()
    expect(givenSteps(draftsOf([step()]))).toEqual([{ key, title, at: when, handler, params, irreversible, onFailure }])
  })

  it('are locked once they have begun', () => {
    const begun = draftsOf([step(), step({ slot: slot({ state: 'running' }) }), step({ slot: slot({ state: 'ok' }) })])
    expect(begun.map((draft) => draft.begun)).toEqual([false, true, true])
  })

  it('say what is wrong with them, by row', () => {
    const [draft] = draftsOf([step()])
    if (!draft) throw new Error('no draft')
    expect(draftFlaws([draft]).size).toBe(0)
    const flaws = draftFlaws([draft, { ...draft, row: 1, at: '-30m', params: '[]', title: ' ' }])
    expect(Object.keys(flaws.get(0) ?? {})).toEqual(['key'])
    expect(Object.keys(flaws.get(1) ?? {})).toEqual(['key', 'title', 'at', 'params'])
    expect(draftFlaws([blankDraft([], '')]).get(0)).toHaveProperty('handler')
  })
})
