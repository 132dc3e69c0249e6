import { describe, expect, it } from '@jest/globals'
import { type Hold, holdMs, looked, pressed, progressOf, released } from './hold.js'

/** Looks every `frameMs` for `forMs` on a clock of its own. */
function heldFor(forMs: number, frameMs = 16, from: Hold = pressed(undefined, 'pointer', 0)): Hold {
  let hold = from
  for (let at = frameMs; at <= forMs; at += frameMs) hold = looked(hold, hold.seenMs + frameMs)
  return hold
}

describe('holding a control', () => {
  it('is done once it has been held long enough, and not a moment before', () => {
    expect(progressOf(heldFor(holdMs - 16))).toBeLessThan(1)
    expect(progressOf(heldFor(holdMs))).toBe(1)
  })

  it('shows how far it has come', () => expect(progressOf(heldFor(400))).toBeCloseTo(0.5))

  it('begins anew after it was let go early', () => {
    const early = heldFor(holdMs - 16)
    expect(released(early, 'pointer')).toBeUndefined()
    expect(progressOf(pressed(undefined, 'pointer', early.seenMs))).toBe(0)
  })

  it('is not let go by a key when a finger holds it, nor taken over', () => {
    const finger = pressed(undefined, 'pointer', 0)
    expect(released(finger, 'key')).toBe(finger)
    expect(pressed(finger, 'key', 700)).toBe(finger)
  })

  it('does not count the time a page stood still', () => {
    const hold = looked(pressed(undefined, 'key', 0), 60_000)
    expect(progressOf(hold)).toBeLessThan(0.2)
  })

  it('does not run backwards with a clock that does', () => {
    expect(looked(pressed(undefined, 'key', 500), 400).heldMs).toBe(0)
  })
})
