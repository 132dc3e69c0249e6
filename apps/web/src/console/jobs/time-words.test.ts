import { describe, expect, it } from '@jest/globals'
import { lengthWords } from '../../format/times.js'
import { awayWords, eventTimeShort, eventTimeWords, latenessWords, missionClock } from './time-words.js'

const noon = Date.UTC(2026, 1, 16, 12)
const start = new Date(noon).toISOString()

describe('times of a timeline', () => {
  it('counts down to the start and up from it, always with hours', () => {
    expect([-1_781_000, -1, 0, 999, 3_723_000].map((ms) => missionClock(start, noon + ms))).toEqual([
      'T−00:29:41',
      'T−00:00:01',
      'T+00:00:00',
      'T+00:00:00',
      'T+01:02:03',
    ])
  })

  it('counts days from the first whole one on', () => {
    expect([-86_399_000, -86_400_000, 90_000_000].map((ms) => missionClock(start, noon + ms))).toEqual([
      'T−23:59:59',
      'T−1 d 00:00:00',
      'T+1 d 01:00:00',
    ])
  })

  it('tells how far away a moment is, to the hour when it is days', () => {
    expect([723_000, 1, 0, -61_000, 97_200_000, -180_000_000].map((ms) => awayWords(noon + ms, noon))).toEqual([
      'in 12:03',
      'in 0:01',
      '0:00 ago',
      '1:01 ago',
      'in 1 d 3 h',
      '2 d 2 h ago',
    ])
  })

  it('calls a start late or early only when somebody could see it', () => {
    expect([0, 99, -99, 380, -12_000, 300_000].map(latenessWords)).toEqual([
      'on time',
      'on time',
      'on time',
      '380 ms late',
      '12.0 s early',
      '5 min late',
    ])
  })

  it('puts a time of the script into words', () => {
    expect(['T', 'END', 'T-30m', 'T+10s', 'END+90m', 'T-1d'].map(eventTimeWords)).toEqual([
      'at the start',
      'at the end',
      '30 min before the start',
      '10 s after the start',
      '1 h 30 min after the end',
      '1 d before the start',
    ])
    expect(eventTimeShort('END-5m')).toBe('END−5m')
  })

  it('writes a length of time with no part that is nothing', () => {
    expect([0, 999, 60_000, 3_661_001, 86_400_000].map(lengthWords)).toEqual([
      '0 s',
      '999 ms',
      '1 min',
      '1 h 1 min 1 s 1 ms',
      '1 d',
    ])
  })
})
