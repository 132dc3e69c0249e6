import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Pingbacks, Told } from './pingbacks.js'
import { type Watch, type Watchable, watchPlayer } from './watch-player.js'

class FakeVideo extends EventTarget implements Watchable {
  autoplay = false
  paused = true
  seeking = false
  readyState = 0
  currentTime = 12.34
  playbackRate = 1
  error: { code: number } | null = null
  buffered = { length: 1, end: () => 15.67 }

  does(...types: string[]) {
    for (const type of types) {
      if (type === 'play') this.paused = false
      if (type === 'pause') this.paused = true
      this.dispatchEvent(new Event(type))
    }
  }
}

describe('watching a player', () => {
  let clock: VirtualClock
  let video: FakeVideo
  let told: Told[]
  let goes: () => void
  beforeEach(() => {
    clock = new VirtualClock()
    video = new FakeVideo()
    told = []
    goes = () => {}
  })
  const watch = (): Watch => {
    const to = {
      tell: (each: Told) => void told.push(each),
      beforeGone: (run: () => void) => {
        goes = run
        return () => {
          goes = () => {}
        }
      },
    } as Pingbacks
    const world = { nowMs: () => clock.nowMs(), after: (ms: number, run: () => void) => clock.after(ms, run) }
    return watchPlayer(video, to, { event: 'gala', world })
  }
  const kinds = () => told.map(({ kind }) => kind)

  it('tells how long the first picture took, once', async () => {
    watch()
    video.does('play')
    await clock.advance(840)
    video.does('playing', 'pause', 'play', 'playing')
    expect(told).toEqual([
      { kind: 'join', event: 'gala', joinMs: 840 },
      { kind: 'play', event: 'gala' },
      { kind: 'play', event: 'gala' },
    ])
  })

  it('counts from when it is there, for a player that begins by itself', async () => {
    video.autoplay = true
    watch()
    await clock.advance(500)
    video.does('play')
    await clock.advance(700)
    video.does('playing')
    expect(told[0]).toEqual({ kind: 'join', event: 'gala', joinMs: 1_200 })
  })

  it('tells of a player that plays already, but not how long its first picture took', async () => {
    video.paused = false
    video.readyState = 4
    watch()
    video.does('waiting')
    await clock.advance(700)
    video.does('playing')
    expect(told).toEqual([
      { kind: 'play', event: 'gala' },
      { kind: 'stall', event: 'gala', stallMs: 700 },
    ])
  })

  it('tells of stalls: not before the first picture, not by seeking, not while paused, not too short to be seen', async () => {
    watch()
    video.does('play', 'waiting')
    await clock.advance(300)
    video.does('playing', 'waiting')
    await clock.advance(1_500)
    video.does('playing')
    video.seeking = true
    video.does('seeking', 'waiting')
    await clock.advance(900)
    video.seeking = false
    video.does('playing', 'waiting')
    await clock.advance(99)
    video.does('playing', 'pause', 'waiting')
    await clock.advance(900)
    video.does('play', 'playing')
    expect(told.filter(({ kind }) => kind === 'stall')).toEqual([{ kind: 'stall', event: 'gala', stallMs: 1_500 }])
  })

  it('tells a stall that begins before a seek and one that never ends', async () => {
    const watching = watch()
    video.does('play', 'playing', 'waiting')
    await clock.advance(400)
    watching.end()
    expect(kinds()).toEqual(['join', 'play', 'stall', 'end'])
  })

  it('tells errors and bitrates by the player’s own words', () => {
    const watching = watch()
    video.error = { code: 3 }
    video.does('error')
    watching.failed('hls-manifest load error')
    watching.bitrate(2_999.6)
    watching.bitrate(3_000)
    watching.bitrate(Number.NaN)
    expect(told).toEqual([
      { kind: 'error', event: 'gala', code: 'media-3' },
      { kind: 'error', event: 'gala', code: 'hls-manifest_load_error' },
      { kind: 'bitrate', event: 'gala', bitrateKbps: 3_000 },
    ])
  })

  it('beats each half minute while pictures move, with what CMCD has to say', async () => {
    watch().bitrate(800)
    video.does('play', 'playing')
    await clock.advance(60_000)
    video.does('pause')
    await clock.advance(60_000)
    const beats = told.filter(({ kind }) => kind === 'beat')
    expect(beats).toHaveLength(2)
    expect(beats[0]).toEqual({
      ...{ kind: 'beat', event: 'gala', bitrateKbps: 800 },
      cmcd: { v: 2, sta: 'p', pt: 12_340, bl: 3_300, pr: 1 },
    })
  })

  it('ends once: with the page, by itself, or by whoever watches', async () => {
    const watching = watch()
    video.does('play', 'playing')
    goes()
    watching.end()
    video.does('ended', 'playing')
    await clock.advance(60_000)
    expect(kinds()).toEqual(['join', 'play', 'end'])
  })
})
