import { type WordAct, wordActs } from '@gala/contracts'
import { Automaton } from './automaton.js'
import { Letters } from './letters.js'
import { classOf } from './look-alikes.js'
import { masked } from './mask.js'
import type { ScreenedList, Verdict } from './screen.js'
import { Spelled } from './spelled.js'
import { Spellings } from './spellings.js'

/** Five times the largest list there may be; about 40 MB of states if they were all used. */
const defaultBounds = { wordsMax: 100_000, statesMax: 1_000_000 }
/** Half a millisecond. A text that takes more was made to; it is refused. */
const stepsMax = 100_000
const wordsToldMax = 10
const wordsPerTurn = 128
/** When there is no room for all words, what is least strict is left out. */
const strictestFirst = ['refuse', 'hold', 'room', 'mask'] as const

interface Listed {
  text: string
  act: ScreenedList['act']
  /** How many classes of letters the automaton goes through. */
  length: number
}

/** Finds the words of lists in texts. It never changes: other lists are another filter. */
export class WordFilter {
  #automaton = new Automaton(1)
  readonly #words: Listed[] = []
  readonly #spellings = new Spellings()
  /** Emoji and signs that are words of their own. */
  readonly #also = new Set<number>()
  readonly #text = new Letters()
  /** Of the letters read: where each run of a class begins, and after the last of them where the text ends. */
  readonly #runs = new Int32Array(this.#text.letter.length + 1)
  /** Only while it is built. */
  readonly #path: number[] = []
  #leftOut = 0

  private constructor() {}

  /** Builds a filter, yielding each tenth of a millisecond or so: 20,000 words take longer than others want to wait. */
  static *build(lists: readonly ScreenedList[], { wordsMax, statesMax } = defaultBounds): Generator<void, WordFilter> {
    const filter = new WordFilter()
    let room = statesMax - 1
    let seen = 0
    for (const act of strictestFirst) {
      for (const list of lists.filter((each) => each.act === act)) {
        for (const word of linesOf(list.words)) {
          const length = filter.#words.length < wordsMax ? filter.#add(word, act, room) : 0
          if (length === 0) filter.#leftOut++
          room -= length
          if (++seen % wordsPerTurn === 0) yield
        }
      }
    }
    yield* filter.#connect(statesMax - room)
    return filter
  }

  get size(): { words: number; states: number; leftOut: number } {
    return { words: this.#words.length, states: this.#automaton.states, leftOut: this.#leftOut }
  }

  check(text: string, onHit: WordAct): Verdict {
    const letters = this.#text.read(text, this.#also)
    if (letters.overflowed) return { act: 'refuse', words: [], masked: text }
    const spelled = new Spelled(letters, this.#spellings, stepsMax)
    const found = new Set<string>()
    let strictest = -1
    let covered: Uint8Array | undefined
    this.#eachCandidate((word, begin, begun, end) => {
      if (!spelled.find(word, begin, begun, end)) return spelled.steps >= stepsMax
      const { act, text: listed } = this.#words[word] as Listed
      if (found.size < wordsToldMax) found.add(listed)
      strictest = Math.max(strictest, wordActs.indexOf(act === 'room' ? onHit : act))
      covered ??= new Uint8Array(text.length)
      for (let i = spelled.from; i < spelled.to; i++) covered.fill(1, letters.from[i], letters.to[i])
      return false
    })
    if (spelled.steps >= stepsMax) return { act: 'refuse', words: [...found], masked: text }
    if (!covered) return { act: 'pass', words: [], masked: text }
    return { act: wordActs[strictest] ?? 'refuse', words: [...found], masked: masked(text, covered) }
  }

  /** @returns how many states it takes at most; 0 when there is no letter in it, or no room for it. */
  #add(word: string, act: ScreenedList['act'], room: number): number {
    if (this.#text.read(word).count === 0) {
      for (const sign of word) this.#also.add(sign.codePointAt(0) ?? 0)
      this.#text.read(word, this.#also)
    }
    if (!this.#spellings.add(this.#text)) return 0
    const { length } = this.#spellings.path(this.#words.length, this.#path)
    if (length > room) {
      this.#spellings.drop()
      return 0
    }
    this.#words.push({ text: word, act, length })
    return length
  }

  *#connect(statesMax: number): Generator<void, void> {
    this.#automaton = new Automaton(statesMax)
    for (let word = 0; word < this.#words.length; word++) {
      this.#automaton.add(word, this.#spellings.path(word, this.#path))
      if (word % wordsPerTurn === 0) yield
    }
    yield* this.#automaton.finish()
  }

  /** Calls `take` with each word that may end at the end of a run, until it says that it is enough. */
  #eachCandidate(take: (word: number, begin: number, begun: number, end: number) => boolean) {
    const { letter, count } = this.#text
    let state = 0
    let runs = 0
    let done = false
    for (let at = 0; at < count && !done; ) {
      const ofClass = classOf(letter[at] ?? 0)
      this.#runs[runs++] = at
      do at++
      while (at < count && classOf(letter[at] ?? 0) === ofClass)
      this.#runs[runs] = at
      state = this.#automaton.step(state, ofClass)
      if (state === 0) continue
      this.#automaton.eachWord(state, (word) => {
        const first = runs - (this.#words[word] as Listed).length
        done = take(word, this.#runs[first] ?? 0, this.#runs[first + 1] ?? 0, at)
        return done
      })
    }
  }
}

function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const to = end < 0 ? text.length : end
    const line = text.slice(from, to).trim()
    if (line !== '') yield line
    from = to + 1
  }
}
