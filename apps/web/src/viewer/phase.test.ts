import type { Event } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'
import { phaseOf } from './phase.js'

const noon = Date.UTC(2026, 1, 16, 12)
const startAt = new Date(noon).toISOString()
const phase = (status: Event['status'], ms: number) => phaseOf({ status, startAt }, noon + ms)

describe('where an event is, for viewers', () => {
  it('counts down before the start, with days when there are some, and never to nothing while something is left', () => {
    expect([-723_000, -1, -86_400_000 * 2 - 5_000].map((ms) => phase('scheduled', ms).countdown)).toEqual([
      '12:03',
      '0:01',
      '2 d 0:00:05',
    ])
  })

  it('does not stand at zero when the start is late, but says so', () => {
    expect(phase('preheat', 5_000)).toMatchObject({
      word: 'About to start',
      countdown: undefined,
      line: expect.stringContaining('any moment'),
    })
  })

  it('tells live, paused, ended and replay apart by shape and word, and counts down to none of them', () => {
    const told = (['live', 'paused', 'ended', 'replay'] as const).map((status) => phase(status, 61_000))
    expect(told.map(({ shape, word }) => `${shape} ${word}`)).toEqual([
      '● Live 1:01',
      '‖ Paused',
      '■ Ended',
      '↺ Replay',
    ])
    expect(told.map(({ countdown }) => countdown)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('says of a replay when it was live', () => expect(phase('replay', 9e9).line).toMatch(/was live 1[567] Feb/))
})
