import { describe, expect, it } from '@jest/globals'
import { oneAtATime } from './one-at-a-time.js'

describe('work one at a time', () => {
  it('is left out while it is under way, and done again afterwards, however it ended', async () => {
    const ends: ((error?: Error) => void)[] = []
    const run = oneAtATime(
      () => new Promise<void>((done, fail) => ends.push((error) => (error ? fail(error) : done()))),
    )
    const first = run()
    await run()
    expect(ends).toHaveLength(1)
    ends[0]?.(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    const second = run()
    ends[1]?.()
    await second
    expect(ends).toHaveLength(2)
  })
})
