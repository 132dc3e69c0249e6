import { opsApi } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { pauseMsOf, planFaults } from './fault-plan.js'
import { toPattern } from './peer-words.js'
import { bodyOf, planJobs } from './plan.js'

const jobs = planJobs()
const nowMs = Date.UTC(2026, 1, 16, 12, 0, 7)

describe('the jobs of the drill', () => {
  it('are a thousand, each with a name of its own', () => {
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1_000)
  })

  it('are what the contract takes', () => {
    const { params, body } = opsApi.jobs.save
    for (const [i, job] of jobs.entries()) {
      expect(params?.id.safeParse(job.id)?.success).toBe(true)
      expect(body?.safeParse(bodyOf(job, i, nowMs))?.success).toBe(true)
    }
  })

  it('begin before they are saved, at a time of their own rhythm', () => {
    for (const [i, job] of jobs.entries()) {
      const { schedule } = bodyOf(job, i, nowMs)
      if (schedule?.kind !== 'interval') continue
      const fromMs = Date.parse(schedule.from ?? '')
      expect(fromMs).toBeLessThan(nowMs)
      expect((fromMs - job.rhythm.phaseMs) % job.rhythm.everyMs).toBe(0)
    }
  })

  it('let no slot be skipped for another when both may be due at once', () => {
    const overlaps = jobs.map((job, i) => [job.sort, bodyOf(job, i, nowMs).policy?.overlap])
    expect(overlaps.filter(([sort, overlap]) => sort !== 'steady' && overlap !== 'parallel')).toEqual([])
    expect(new Set(overlaps.map(([, overlap]) => overlap))).toEqual(new Set(['parallel', 'queue-one', 'skip']))
  })

  it('fall on the same seconds for the peer', () => {
    expect(toPattern({ everyMs: 30_000, phaseMs: 4_038 })).toBe('4,34 * * * * *')
    expect(toPattern({ everyMs: 10_000, phaseMs: 9_750 })).toBe('9,19,29,39,49,59 * * * * *')
    expect(toPattern({ everyMs: 60_000, phaseMs: 0 })).toBe('0 * * * * *')
  })
})

describe('the faults of the drill', () => {
  it('are a kill every 20 s and one of each other, never in the last ten seconds', () => {
    const all = planFaults(300)
    expect(all.filter(({ kind }) => kind === 'kill').map(({ atMs }) => atMs / 1_000)).toEqual([
      20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260, 280,
    ])
    const others = all.filter(({ kind }) => kind !== 'kill').map(({ kind, atMs }) => [kind, Math.round(atMs / 1_000)])
    expect(others).toEqual([
      ['pause', 70],
      ['redis', 150],
      ['move', 210],
    ])
    expect(pauseMsOf(300)).toBe(30_000)
  })

  it('fit into a shorter drill', () => {
    expect(planFaults(60).map(({ kind, atMs }) => `${kind} ${Math.round(atMs / 1_000)}`)).toEqual([
      'pause 14',
      'kill 20',
      'redis 30',
      'kill 40',
      'move 42',
    ])
    expect(pauseMsOf(60)).toBe(6_000)
  })
})
