import { type Job, jobPolicySchema } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { jobBody, jobFlaws } from './job-body.js'
import { jobChanged } from './job-changed.js'
import { jobDraft } from './job-edits.js'
import { paramsAsked, paramsOf, paramsSkeleton } from './params.js'

const job: Job = {
  id: 'nightly-report',
  title: 'Nightly report',
  event: null,
  step: null,
  schedule: { kind: 'cron', expression: '0 4 * * *', timeZone: 'Asia/Shanghai' },
  handler: 'report',
  params: { days: 1 },
  policy: jobPolicySchema.parse({ misfire: { policy: 'window', windowMs: 7_200_000 } }),
  paused: null,
  failures: 0,
  removed: false,
  version: 3,
  updatedAt: '2026-02-16T12:00:00.000Z',
  updatedBy: 'mei',
}
const nowMs = Date.UTC(2026, 1, 16, 12)
const draft = jobDraft(job, nowMs)

describe('a job as it is typed', () => {
  it('sends nothing of a job that was not changed', () => {
    expect(jobFlaws(draft, job)).toEqual({})
    expect(jobBody(draft, job)).toEqual({})
  })

  it('sends only what was changed', () => {
    expect(jobBody({ ...draft, title: 'Report', timeoutS: 90 }, job)).toEqual({
      title: 'Report',
      policy: { ...job.policy, timeoutMs: 90_000 },
    })
  })

  it('sends everything of a new one', () => {
    const fresh = { ...jobDraft(undefined, nowMs), id: 'a', title: 'A', handler: 'report' }
    expect(jobFlaws(fresh, undefined)).toEqual({})
    expect(Object.keys(jobBody(fresh, undefined))).toEqual(['title', 'schedule', 'handler', 'params', 'policy'])
  })

  it('keeps from when an interval counts', () => {
    const schedule = { kind: 'interval', everyMs: 60_000, from: '2026-01-01T00:00:30.000Z' } as const
    const counted = { ...job, schedule }
    const longer = { ...jobDraft(counted, nowMs), everyS: 90 }
    expect(jobBody(longer, counted)).toEqual({ schedule: { ...schedule, everyMs: 90_000 } })
  })

  it('says which field is wrong', () => {
    const wrong = { ...draft, id: 'A b', timeZone: 'Mars/Olympus', graceS: '', misfireWindowS: 0, params: 'x' }
    expect(Object.keys(jobFlaws(wrong, job)).toSorted()).toEqual([
      'graceS',
      'id',
      'misfireWindowS',
      'params',
      'timeZone',
    ])
    expect(jobFlaws({ ...draft, kind: 'event', eventAt: '30m' }, job)).toHaveProperty('eventAt')
    expect(jobFlaws({ ...draft, kind: 'event' }, job)).toHaveProperty('event')
    expect(jobFlaws({ ...draft, kind: 'once', onceAt: '' }, job)).toHaveProperty('onceAt')
  })
})

describe('a job somebody else has changed', () => {
  it('names who it was and what', () => {
    const now = { ...job, version: 4, updatedBy: 'tao', schedule: { kind: 'interval', everyMs: 60_000 } } as const
    const { who, lines } = jobChanged(job, now)
    expect([who, lines]).toEqual([
      'tao',
      [{ place: 'schedule', from: 'every day at 04:00, Asia/Shanghai', to: 'every 1 min' }],
    ])
  })
})

describe('parameters of a handler', () => {
  const schema = {
    type: 'object',
    properties: {
      room: { type: 'string', enum: ['open', 'closed'] },
      percent: { type: 'integer', minimum: 1, maximum: 100, description: 'How much' },
      note: { type: 'string', default: '' },
      count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    },
    required: ['room', 'percent', 'note'],
  }

  it('are listed with their types, bounds and what they are when left out', () => {
    const asked = paramsAsked(schema).map(({ name, required, type }) => [name, required, type])
    expect(asked).toEqual([
      ['room', true, '"open" or "closed"'],
      ['percent', true, 'integer, 1 to 100'],
      ['note', false, 'string'],
      ['count', false, 'integer, 0 or more'],
    ])
    expect(paramsAsked({})).toEqual([])
  })

  it('begin with what is required', () => {
    expect(paramsSkeleton(schema)).toEqual({ room: 'open', percent: 1, note: '' })
  })

  it('are an object and nothing else', () => {
    expect(['{"a":1}', '[]', 'null', '{', '3'].map(paramsOf)).toEqual([
      { a: 1 },
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
