import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { SoleWriter } from './sole-writer.js'

describe('the sole writer of a lake', () => {
  const dir = `/lake/${process.pid}/${performance.now()}`
  const never = new AbortController().signal

  it('is one at a time, for each lake, until it is gone', async () => {
    const clock = new VirtualClock()
    const [first, second, other] = [dir, dir, `${dir}/other`].map((of) => new SoleWriter(of, clock, 'linux'))
    if (!first || !second || !other) throw new Error('there are three')
    expect(await first.wait(never)).toBe(true)
    expect(await other.wait(never)).toBe(true)
    const given = new AbortController()
    const inVain = second.wait(given.signal)
    given.abort()
    expect(await inVain).toBe(false)
    first.close()
    let may: boolean | undefined
    void second.wait(never).then((value) => {
      may = value
    })
    while (may === undefined) await clock.advance(500)
    expect(may).toBe(true)
    for (const one of [second, other]) one.close()
  })
})
