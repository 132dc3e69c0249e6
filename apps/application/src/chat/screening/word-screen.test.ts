import { AppError } from '@gala/contracts'
import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { ApplicationContext } from '../../application.config.js'
import type { Parts } from '../../parts.js'
import type { ApplicationSignals } from '../../signals.js'
import { inTurns } from './in-turns.js'
import type { ScreenedList } from './screen.js'
import type { WordListsRepository } from './word-lists.repository.js'
import { WordScreen } from './word-screen.js'

describe('the screen in force', () => {
  let clock: VirtualClock
  let lists: ScreenedList[]
  let failure: Error | undefined
  let told: string[]
  let drain: (() => void)[]
  let screen: WordScreen
  const list = (words: string, version = 1): ScreenedList => ({ id: 'rude', act: 'mask', version, words })
  const actOn = (text: string) => screen.check(text, 'mask').act

  beforeEach(() => {
    clock = new VirtualClock()
    lists = [list('bad')]
    failure = undefined
    told = []
    drain = []
    const cache = { getOrLoad: async ({ load }: { load: (atLeast: number) => Promise<unknown> }) => load(0) }
    const health = { onDrain: (stop: () => void) => drain.push(stop) }
    const repository = {
      all: async () => {
        if (failure) throw failure
        return { value: lists, position: 1 }
      },
    } as unknown as WordListsRepository
    const signals = {
      wordsChanged: ({ words }: { words: number }) => told.push(`words ${words}`),
      wordsFailed: () => told.push('failed'),
    } as unknown as ApplicationSignals
    const context = { clock, health } as unknown as ApplicationContext
    screen = new WordScreen({ cache } as unknown as Parts, context, signals, repository)
  })

  it('refuses everything until the lists have been read once', async () => {
    failure = new AppError('DATABASE_UNAVAILABLE', 'gone')
    screen.onApplicationBootstrap()
    await clock.advance(2_000)
    expect(() => screen.check('hello', 'mask')).toThrow(expect.objectContaining({ code: 'ROOM_UNAVAILABLE' }))
    failure = undefined
    await clock.advance(250)
    expect(actOn('hello')).toBe('pass')
  })

  it('is another one within a second of a change, without anybody asking', async () => {
    screen.onApplicationBootstrap()
    await clock.advance(0)
    expect([actOn('bad'), actOn('worse')]).toEqual(['mask', 'pass'])
    lists = [list('worse', 2)]
    await clock.advance(999)
    expect([actOn('bad'), actOn('worse')]).toEqual(['pass', 'mask'])
    lists = []
    await clock.advance(999)
    expect(actOn('worse')).toBe('pass')
    expect(told).toEqual(['words 1', 'words 1', 'words 0'])
  })

  it('stays as it was while lists cannot be read, and after the process has begun to drain', async () => {
    screen.onApplicationBootstrap()
    await clock.advance(0)
    failure = new Error('gone')
    await clock.advance(1_000)
    expect(actOn('bad')).toBe('mask')
    expect(told.filter((what) => what === 'failed')).toHaveLength(10)
    for (const stop of drain) stop()
    await clock.advance(10_000)
    expect(told.filter((what) => what === 'failed')).toHaveLength(10)
  })

  it('is whole at every moment: the old one, then the new one', async () => {
    await screen.look()
    lists = [
      list(Array.from({ length: 300 }, (_, i) => `word${'abcdefghij'[i % 10]}${'klmnopqrst'[i % 7]}`).join('\n'), 2),
    ]
    const looking = screen.look()
    expect(actOn('bad')).toBe('mask')
    await looking
    expect([actOn('bad'), actOn('wordak')]).toEqual(['pass', 'mask'])
  })
})

describe('work in turns', () => {
  it('lets others in between every few milliseconds, however long all of it takes', async () => {
    const clock = new VirtualClock(0)
    let slept = 0
    const sleep = async () => void slept++
    let nowMs = 0
    function* work() {
      for (let i = 0; i < 100; i++) {
        nowMs++
        yield
      }
      return 'done'
    }
    const counting = Object.assign(Object.create(clock) as VirtualClock, { sleep, monotonicMs: () => nowMs })
    expect(await inTurns(work(), counting)).toBe('done')
    expect(slept).toBe(25)
  })
})
