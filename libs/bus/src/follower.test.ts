import type { Change } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { Follower, type ReadAgain } from './follower.js'

const change = (position: number): Change => ({ position, tags: [`t${position}`], atMs: 0 })
const settled = () => new Promise((resolve) => setImmediate(resolve))

function follow(readAgain: ReadAgain) {
  const asked: string[] = []
  const clock = new VirtualClock()
  const follower = new Follower(clock, (after, upTo) => {
    asked.push(`${after}..${upTo}`)
    return readAgain(after, upTo)
  })
  const heard: number[] = []
  follower.add(({ position }) => heard.push(position))
  const beat = (position: number, asOfMs = clock.monotonicMs(), run: string | null = null) =>
    follower.receiveHeartbeat({ position, run, asOfMs })
  beat(10)
  return { clock, beat, follower, heard, asked, state: () => [follower.position, follower.floor] }
}

describe('Follower', () => {
  it('believes nothing older than what it misses, until it has it', async () => {
    let answer = (_: Change[]) => {}
    const { follower, state } = follow(() => new Promise((resolve) => (answer = resolve)))
    follower.receive(change(13))
    expect(state()).toEqual([10, 13])
    answer([change(11), change(12)])
    await settled()
    expect(state()).toEqual([13, 10])
  })

  it('asks once while a repair is under way, and again for what came meanwhile', async () => {
    const answers: ((changes: Change[]) => void)[] = []
    const { follower, asked, state } = follow(() => new Promise((resolve) => answers.push(resolve)))
    follower.receive(change(12))
    follower.receive(change(14))
    expect(asked).toEqual(['10..12'])
    answers[0]?.([change(11)])
    await settled()
    expect(asked).toEqual(['10..12', '12..14'])
    answers[1]?.([change(13)])
    await settled()
    expect(state()).toEqual([14, 10])
  })

  it('goes on where a ring that answers in parts has stopped', async () => {
    const { beat, asked, state } = follow(async (after) => [change(after + 1)])
    beat(13)
    await settled()
    expect(asked).toEqual(['10..13', '11..13', '12..13'])
    expect(state()).toEqual([13, 10])
  })

  it('gives up on what the ring does not have, once, and goes on from there', async () => {
    const { follower, heard, state } = follow(async () => {
      throw new Error('Redis is away')
    })
    follower.receive(change(15))
    await settled()
    expect(state()).toEqual([15, 15])
    follower.receive(change(16))
    expect([heard, ...state()]).toEqual([[15, 16], 16, 15])
  })

  it('takes changes that overtake each other without asking twice for any', async () => {
    const { follower, heard, state } = follow(() => new Promise(() => {}))
    follower.receive(change(12))
    follower.receive(change(11))
    expect([heard, ...state()]).toEqual([[12, 11], 12, 10])
  })

  it('is live while a heartbeat vouches for the last second', async () => {
    const { clock, follower, beat } = follow(async () => [])
    expect(follower.live).toBe(true)
    await clock.advance(1000)
    expect(follower.live).toBe(true)
    await clock.advance(1)
    expect(follower.live).toBe(false)
    beat(10)
    expect(follower.live).toBe(true)
  })

  it('does not take a heartbeat that was held up for news of the present', async () => {
    const { clock, follower, beat } = follow(async () => [])
    for (let i = 0; i < 3; i++) {
      await clock.advance(200)
      beat(10, 1_000_000 + clock.monotonicMs(), 'far')
    }
    const sentAtMs = 1_000_000 + clock.monotonicMs()
    await clock.advance(5000)
    beat(10, sentAtMs, 'far')
    expect(follower.live).toBe(false)
    beat(10, 1_000_000 + clock.monotonicMs() - 400, 'far')
    expect(follower.live).toBe(true)
    await clock.advance(610)
    expect(follower.live).toBe(false)
  })

  it('believes a sender it does not know from its second heartbeat on: the first may have been held up', async () => {
    const { clock, follower, beat } = follow(async () => [])
    await clock.advance(5000)
    // Three that waited in a paused Redis arrive at once, then they come as they are sent.
    for (const heldMs of [4000, 3700, 3400]) beat(10, clock.monotonicMs() - heldMs, 'new')
    expect(follower.live).toBe(false)
    await clock.advance(200)
    beat(10, clock.monotonicMs() - 5, 'new')
    expect(follower.live).toBe(false)
    await clock.advance(200)
    beat(10, clock.monotonicMs() - 4, 'new')
    expect(follower.live).toBe(true)
  })

  it('does not believe a sender it does not know while its heartbeats come otherwise than they were sent', async () => {
    const { clock, follower, beat } = follow(async () => [])
    const startMs = clock.monotonicMs()
    const sent = (atMs: number) => beat(10, startMs + atMs, 'new')
    await clock.advance(2_000)
    sent(400)
    // One that was sent before it, and one that was held up longer.
    await clock.advance(550)
    sent(100)
    expect(follower.live).toBe(false)
    sent(600)
    expect(follower.live).toBe(false)
    await clock.advance(200)
    sent(800)
    // Late by two seconds, all of them alike: that nobody can see.
    expect(follower.live).toBe(true)
  })

  it('compares no two clocks: a sender may be hours off, and drift', async () => {
    const { clock, follower, beat } = follow(async () => [])
    const startMs = clock.monotonicMs()
    for (let s = 1; s <= 20_000; s++) {
      await clock.advance(1000)
      beat(10, 7_000_000 + (clock.monotonicMs() - startMs) * 0.9998, 'slow')
    }
    expect(follower.live).toBe(true)
  })

  it('takes a change alone for no sign of life: only who has looked can say that there is nothing else', async () => {
    const { clock, follower } = follow(async () => [])
    await clock.advance(2000)
    follower.receive(change(11))
    expect(follower.live).toBe(false)
  })
})
