import { describe, expect, it } from '@jest/globals'
import { homeOf } from './home.js'

describe('home of a client', () => {
  it('is the same whatever order the data centres are named in', () => {
    for (let i = 0; i < 100; i++) {
      expect(homeOf(`client-${i}`, ['dc-a', 'dc-b'])).toBe(homeOf(`client-${i}`, ['dc-b', 'dc-a']))
    }
  })

  it('does not move between releases', () => {
    const homes = ['client-0', 'client-1', 'client-2', 'client-3'].map((id) => homeOf(id, ['dc-a', 'dc-b', 'dc-c']))
    expect(homes).toMatchInlineSnapshot(`
[
  "dc-c",
  "dc-a",
  "dc-a",
  "dc-b",
]
`)
  })

  it('spreads clients evenly', () => {
    const atA = Array.from({ length: 10_000 }, (_, i) => homeOf(`viewer_${i}`, ['dc-a', 'dc-b'])).filter(
      (d) => d === 'dc-a',
    )
    expect(atA.length).toBeGreaterThan(4_800)
    expect(atA.length).toBeLessThan(5_200)
  })
})
