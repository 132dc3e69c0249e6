import { isSpaced } from './folding.js'
import { gaps, type Letters } from './letters.js'
import { classOf, isDigit, isSign, standsFor } from './look-alikes.js'
import type { Spellings } from './spellings.js'

/** From when on a letter is only drawn out, and stands for one or two of it: no language has three ("baaad", but not "god" in "good"). */
const drawnOutFrom = 3

/**
 * Whether a word stands in a text at some letters, and where exactly. The automaton only says that it may: it neither counts letters
 * nor tells `i` from `l`, nor looks at what is between them. In a text,
 *
 * - a letter stands for itself, and a digit or sign for the letters it is drawn like, if there are not more digits than the rest and
 *   a letter is among them ("sh1t", not the price 5455);
 * - a run is as long as in the word, or drawn out;
 * - of a spaced word, other characters than white space may stand between letters ("sh-it"); white space, apostrophes and commas only
 *   when all its letters are written apart ("b a d", not "he'll" and not "but they"). Before and after it stands no letter;
 * - of another word everything may stand in between but the end of a clause.
 *
 * Steps are counted: with a list made for it, and a text made for the list, there could be many.
 */
export class Spelled {
  /** Of the last word found: its first letter, and the one after its last. */
  from = 0
  to = 0
  steps = 0
  #last = 0
  #spaced = true
  #digits = 0
  #others = 0
  #letters = 0
  #end = 0

  constructor(
    private readonly text: Letters,
    private readonly words: Spellings,
    private readonly stepsMax: number,
  ) {}

  /** `begin` to `begun` are letters it may begin with, `end` is the one after the last it may have. */
  find(word: number, begin: number, begun: number, end: number): boolean {
    const first = this.words.first(word)
    const letter = this.words.letter(first)
    this.#last = this.words.end(word) - 1
    this.#spaced = this.words.isSpaced(word)
    this.#end = end
    for (let from = begin; from < begun && this.steps < this.stepsMax; from++) {
      this.#digits = this.#others = this.#letters = 0
      if (this.#isApart(letter, from, from - 1) && this.#rest(first, from, false, false)) {
        this.from = from
        return true
      }
    }
    return false
  }

  /** This run and those after it, at letter `at`. `parted`: white space was passed; `joined`: two runs had nothing between them. */
  #rest(run: number, at: number, parted: boolean, joined: boolean): boolean {
    const { words } = this
    const letter = words.letter(run)
    const count = words.count(run)
    const [digits, others, letters] = [this.#digits, this.#others, this.#letters]
    const length = this.#lengthOf(letter, at)
    const isLast = run === this.#last
    // What could be this letter and is left over has to be the next one: `1` may be, between `i` and `l`.
    const all = !isLast && classOf(words.letter(run + 1)) !== classOf(letter)
    // The longest first: what is drawn out is to be masked to its end.
    for (let taken = length; taken >= Math.max(count, all ? length : 0); taken--) {
      if (taken !== count && taken < drawnOutFrom) continue
      if (isLast && !this.#isApart(letter, at + taken, at + taken)) continue
      this.#digits = digits
      this.#others = others
      this.#letters = letters
      const within = this.#take(letter, at, taken)
      if (within & gaps.clause && !this.#spaced) continue
      if (this.#next(run, at + taken, parted || isWide(within), joined)) return true
    }
    return false
  }

  #next(run: number, at: number, parted: boolean, joined: boolean): boolean {
    if (run === this.#last) return this.#ends(at, parted && joined)
    if (this.words.isApart(run + 1)) return this.#rest(run + 1, at, parted, joined)
    const gap = this.text.gap[at] ?? 0
    if (gap & gaps.clause && !this.#spaced) return false
    return this.#rest(run + 1, at, parted || isWide(gap), joined || gap === gaps.none)
  }

  #ends(at: number, brokenUp: boolean): boolean {
    if (brokenUp && this.#spaced) return false
    if (this.#letters === 0 || this.#digits > this.#others) return false
    this.to = at
    return true
  }

  /** Counts what stands for a letter. @returns what is between them. */
  #take(wanted: number, at: number, taken: number): number {
    let within = 0
    for (let i = at; i < at + taken; i++) {
      const letter = this.text.letter[i] ?? 0
      if (i > at) within |= this.text.gap[i] ?? 0
      const itself = letter === wanted
      if (!itself && isDigit(letter)) this.#digits++
      else this.#others++
      if (itself || !isSign(letter)) this.#letters++
      this.steps++
    }
    return within
  }

  #lengthOf(letter: number, at: number): number {
    let length = 0
    while (at + length < this.#end && standsFor(this.text.letter[at + length] ?? 0, letter)) length++
    this.steps += length
    return length
  }

  /** Whether what is beside an end of a word (its letter there, the place between, the neighbour) does not make it another word. */
  #isApart(letter: number, gapAt: number, neighbour: number): boolean {
    if (neighbour < 0 || neighbour >= this.text.count || this.text.gap[gapAt] !== gaps.none) return true
    const beside = this.text.letter[neighbour] ?? 0
    if (isDigit(letter)) return !isDigit(beside)
    return !isSpaced(letter) || !isSpaced(beside)
  }
}

const isWide = (gap: number) => (gap & (gaps.strict | gaps.clause)) !== 0
