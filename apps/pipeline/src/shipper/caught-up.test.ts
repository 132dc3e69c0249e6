import { describe, expect, it } from '@jest/globals'
import { CaughtUp } from './caught-up.js'

describe('until when everything is counted', () => {
  const at = (places: Record<string, number>) => (source: string) => places[source] ?? 0

  it('moves on with readers, however much comes behind', () => {
    const caught = new CaughtUp()
    expect(caught.untilMs('requests')).toBeUndefined()
    caught.look('requests', 1_000, new Map([['a', 10]]), at({ a: 5 }))
    expect(caught.untilMs('requests')).toBeUndefined()
    // More was sent meanwhile; what stood there at first is counted.
    caught.look('requests', 2_000, new Map([['a', 99]]), at({ a: 10 }))
    expect(caught.untilMs('requests')).toBe(1_000)
    caught.look('requests', 3_000, new Map([['a', 99]]), at({ a: 99 }))
    expect(caught.untilMs('requests')).toBe(3_000)
    expect(caught.untilMs('beacons')).toBeUndefined()
  })

  it('stands while lines wait in files for a log that takes none', () => {
    const caught = new CaughtUp()
    caught.look('requests', 1_000, new Map([['a', 10]]), at({ a: 10 }))
    caught.look('requests', 9_000, undefined, at({ a: 10 }))
    expect(caught.untilMs('requests')).toBe(1_000)
  })
})
