import { describe, expect, it } from '@jest/globals'
import { scaled } from './scaled.js'

describe('rules on a faster clock', () => {
  it('look at shorter windows and wait less; thresholds and names stay', () => {
    const rules = [
      '    interval: 15s',
      '      - record: gala:bad:ratio5m',
      '        expr: sum(rate(bad[5m])) / sum(rate(all[4h30m])) > 5.4e-6',
      '        for: 30s',
    ].join('\n')
    expect(scaled(rules, 15).split('\n')).toEqual([
      '    interval: 1s',
      '      - record: gala:bad:ratio5m',
      '        expr: sum(rate(bad[20s])) / sum(rate(all[1080s])) > 5.4e-6',
      '        for: 2s',
    ])
  })

  it('never look at less than a few scrapes, nor wait not at all', () => {
    expect(scaled('        expr: rate(x[30s])\n        for: 10s', 15)).toBe(
      '        expr: rate(x[8s])\n        for: 1s',
    )
  })
})
