import { describe, expect, it } from '@jest/globals'
import { chartOf } from './chart.js'

const bar = (title: string, value: number, own = false) => ({
  title,
  value,
  least: value * 0.9,
  most: value * 1.1,
  own,
})

describe('the chart', () => {
  const svg = chartOf('Answers & cost', 'per CPU-second', [bar('slow <one>', 20_000), bar('ours', 80_000, true)])

  it('puts the longest bar first and all of them to one scale', () => {
    const widths = [...svg.matchAll(/<rect class="(\w+)" .*?width="(\d+)"/g)].map(([, kind, px]) => [kind, Number(px)])
    expect(widths.map(([kind]) => kind)).toEqual(['own', 'peer'])
    expect(Number(widths[0]?.[1]) / Number(widths[1]?.[1])).toBeCloseTo(4, 1)
  })

  it('says every name and value as text', () => {
    expect(svg).toContain('>80.0 k<')
    expect(svg).toContain('slow &lt;one&gt;')
    expect(svg).toContain('Answers &amp; cost')
  })

  it('stays within itself', () => {
    const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
    for (const [, x] of svg.matchAll(/ x="(\d+)"/g)) expect(Number(x)).toBeLessThan(width - 50)
  })
})
