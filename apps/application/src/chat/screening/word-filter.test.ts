import type { WordAct } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { describe, expect, it } from '@jest/globals'
import { naivelyFound } from './naive-matcher.js'
import type { ScreenedList } from './screen.js'
import { WordFilter } from './word-filter.js'

const list = (words: readonly string[], act: ScreenedList['act'] = 'mask', id = 'list'): ScreenedList => ({
  id,
  act,
  version: 1,
  words: words.join('\n'),
})

function build(lists: readonly ScreenedList[], bounds?: { wordsMax: number; statesMax: number }): WordFilter {
  const building = WordFilter.build(lists, bounds)
  for (;;) {
    const { done, value } = building.next()
    if (done) return value
  }
}

const masks = (words: string[]) => {
  const filter = build([list(words)])
  return (text: string) => filter.check(text, 'mask').masked
}

describe('a word of a list', () => {
  it.each([
    ['bad', 'a bad day', 'a *** day'],
    ['bad', 'BAD', '***'],
    ['bad', 'Ｂａｄ', '***'],
    ['bad', 'b-a-d b.a.d b_a_d', '*-*-* *.*.* *_*_*'],
    ['bad', 'so b a d, b  a  d', 'so * * *, *  *  *'],
    ['bad', 'b\u200ba\u2060d', '*\u200b*\u2060*'],
    ['bad', 'b\u0301a\u0301\u0302d', '***'],
    ['bad', 'báď', '***'],
    ['bad', 'baaad bbbaaaddd', '***** *********'],
    ['bad', 'b4d', '***'],
    ['bad', 'bаd (а is Cyrillic)', '*** (а is Cyrillic)'],
    ['bad', '𝐛𝐚𝐝 ⓑⓐⓓ 🅱🅰d', '*** *** ***'],
    ['bad', 'b🎉a🎉d', '*🎉*🎉*'],
    ['shit', 'sh1t sh!t $hit sh-it', '**** **** **** **-**'],
    ['ass', 'a$$ @$$ a55y as$', '*** *** a55y ***'],
    ['hell', 'hell he11 heell heeell', '**** **** heell ******'],
    ['nazi', 'nazi! nazi1 nazi?', '****! ****1 ****?'],
    ['go die', 'go die, godie, go-die', '** ***, *****, **-***'],
    ['法轮功', '说法轮功的', '说***的'],
    ['法轮功', '法 轮.功 法★轮★功', '* *.* *★*★*'],
    ['法轮功', '法轮轮轮功', '*****'],
    ['傻逼', '傻傻逼逼逼', '傻****'],
    ['sb', '你是sb啊', '你是**啊'],
    ['バカ', 'ﾊﾞｶ!', '**!'],
    ['시발', '시발아', '**아'],
    ['🖕', 'so 🖕🏽 there', 'so * there'],
    ['64', '64 年', '** 年'],
  ])('is found: %s in %s', (word, text, expected) => {
    expect(masks([word])(text)).toBe(expected)
  })

  it.each([
    ['ass', 'class assume bass'],
    ['ass', 'as such, as soon'],
    ['as', 'ass'],
    ['god', 'good gods'],
    ['hell', "he'll, she'll, shell, heil"],
    ['isis', 'what it is is great'],
    ['anal', 'an AL team'],
    ['butt', 'but they but, to'],
    ['ass', '5455 455 A55'],
    ['hi', 'h!'],
    ['anna', '@nna'],
    ['bail', 'ball'],
    ['法轮功', '办法，轮到你立功了'],
    ['法轮', '想办法，轮到你了'],
    ['バカ', 'ハカ'],
    ['64', '1964 640'],
  ])('is not found where it is none: %s in %s', (word, text) => {
    expect(masks([word])(text)).toBe(text)
  })

  it('is covered by grapheme: nothing of an accent or an emoji is left over', () => {
    expect(masks(['bad'])('b\u0301\u0323a\u0308d👍🏽')).toBe('***👍🏽')
  })

  it('is told as it stands in the list, ten at most', () => {
    const words = Array.from({ length: 12 }, (_, i) => `word${'abcdefghijkl'[i]}`)
    const { words: told } = build([list(words)]).check(words.join(' '), 'mask')
    expect(told).toEqual(words.slice(0, 10))
  })
})

describe('the verdict', () => {
  const lists = [
    list(['mild'], 'mask', 'm'),
    list(['odd'], 'hold', 'h'),
    list(['foul'], 'refuse', 'r'),
    list(['rude'], 'room', 'o'),
  ]
  const act = (text: string, onHit: WordAct) => build(lists).check(text, onHit).act

  it('is the strictest of all lists', () => {
    expect(['fine', 'mild', 'mild odd', 'foul mild odd'].map((text) => act(text, 'mask'))).toEqual([
      'pass',
      'mask',
      'hold',
      'refuse',
    ])
  })

  it('is that of the room where a list leaves it to the room', () => {
    expect((['mask', 'hold', 'refuse'] as const).map((onHit) => act('rude', onHit))).toEqual(['mask', 'hold', 'refuse'])
    expect(act('rude foul', 'mask')).toBe('refuse')
    expect(act('rude odd', 'mask')).toBe('hold')
  })

  it('is the strictest act of a word that is in several lists', () => {
    expect(build([list(['bad'], 'mask', 'a'), list(['BAD'], 'refuse', 'b')]).check('bad', 'mask').act).toBe('refuse')
  })
})

describe('what there is no room for', () => {
  it('is left out, the least strict first, and told', () => {
    const filter = build([list(['mild', 'meek'], 'mask', 'm'), list(['foul'], 'refuse', 'r')], {
      wordsMax: 2,
      statesMax: 1_000,
    })
    expect(filter.size).toMatchObject({ words: 2, leftOut: 1 })
    expect(['foul', 'mild', 'meek'].map((text) => filter.check(text, 'mask').act)).toEqual(['refuse', 'mask', 'pass'])
    const small = build([list(['foul'], 'refuse', 'r'), list(['mild'], 'mask', 'm')], { wordsMax: 9, statesMax: 6 })
    expect(small.size).toEqual({ words: 1, states: 5, leftOut: 1 })
  })

  it('is left out when there is no letter in it, and a lone mark or blank is no word', () => {
    const filter = build([list(['\u200b', '  ', '', 'bad'])])
    expect(filter.size).toMatchObject({ words: 1, leftOut: 1 })
    expect(filter.check('a text \u200b  ', 'mask').act).toBe('pass')
  })
})

const alphabet = [...'aaailss1154$!|@xаａé法轮功64', ' ', ' ', '-', ',', "'", '，', '\u200b', '🎉', '！']

describe('against one that tries everything', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
  it.each(seeds)('finds the same words, seed %i', (seed) => {
    const random = seededRandom(seed)
    const pick = (max: number) => {
      const length = 1 + Math.floor(random() * max)
      return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
    }
    let hits = 0
    for (let round = 0; round < 40; round++) {
      const words = Array.from({ length: 12 }, () => pick(4).trim()).filter((word) => /[\p{L}\p{N}]/u.test(word))
      const filters = words.map((word) => build([list([word])]))
      const all = build([list(words)])
      for (let i = 0; i < 40; i++) {
        const text = pick(10)
        const naive = words.filter((word) => naivelyFound(word, text))
        const alone = words.filter((_, at) => filters[at]?.check(text, 'mask').act === 'mask')
        expect({ text, found: alone }).toEqual({ text, found: naive })
        expect({ text, found: new Set(all.check(text, 'mask').words) }).toEqual({
          text,
          found: new Set(naive.slice(0, 99)),
        })
        hits += naive.length
      }
    }
    expect(hits).toBeGreaterThan(300)
  })
})

describe('texts that were made for it', () => {
  it('are refused rather than searched for longer', () => {
    const words: string[] = []
    for (let length = 1; length <= 60; length++) words.push('ab'.repeat(length).slice(0, length))
    for (let length = 3; length <= 40; length++) words.push(`${'i'.repeat(length)}l`, `${'l'.repeat(length)}i`)
    const filter = build([list(words)])
    const texts = ['ab'.repeat(100), '1'.repeat(199), `${'1 '.repeat(99)}x`, 'a'.repeat(200), '\ufdfa'.repeat(200)]
    const startedMs = performance.now()
    for (const text of texts) filter.check(text, 'mask')
    // Each takes a millisecond; this is only the end of all patience.
    expect(performance.now() - startedMs).toBeLessThan(500)
    expect(filter.check('\ufdfa'.repeat(400), 'mask').act).toBe('refuse')
  })

  it('are refused also when all that was found would only have been covered', () => {
    const words = Array.from({ length: 60 }, (_, i) => '法轮'.repeat(30).slice(0, i + 1))
    const filter = build([list(words)])
    expect(filter.check('法轮'.repeat(20), 'mask').act).toBe('mask')
    expect(filter.check('法轮'.repeat(100), 'mask').act).toBe('refuse')
  })

  it('may be anything at all', () => {
    const random = seededRandom(99)
    const filter = build([list(['bad', '法轮功', 'a', '👍'])])
    for (let round = 0; round < 2_000; round++) {
      const text = Array.from({ length: 60 }, () => String.fromCharCode(Math.floor(random() * 65_536))).join('')
      expect(filter.check(text, 'mask').masked.length).toBeLessThanOrEqual(text.length)
    }
  })
})
