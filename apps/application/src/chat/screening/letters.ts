import { fold, isSpaced, kindOf, kinds, letterOf, severalOf } from './folding.js'
import { isDigit } from './look-alikes.js'

/** What stands before a letter, since the last one; bits, of which several may be set. */
export const gaps = { none: 0, loose: 1, strict: 2, clause: 4 } as const

/** A character may become eighteen letters at most (U+FDFA), so this holds a text of 200 and all that is longer to be screened. */
const lettersMax = 4_096

/**
 * The letters of a text as the filter sees them, with where they stand in it. One is used for all texts of a filter: screening
 * allocates nothing for a text that nothing is found in.
 */
export class Letters {
  count = 0
  /** There were more than fit. */
  overflowed = false
  readonly letter = new Int32Array(lettersMax)
  /** UTF-16 units in the text, of the character a letter comes from. */
  readonly from = new Int32Array(lettersMax)
  readonly to = new Int32Array(lettersMax)
  readonly gap = new Uint8Array(lettersMax)

  /** `also`: characters that are letters here although they are none: a list may name an emoji. */
  read(text: string, also: ReadonlySet<number> = none): this {
    this.count = 0
    this.overflowed = false
    let gap: number = gaps.none
    for (let at = 0; at < text.length; ) {
      const codePoint = text.codePointAt(at) ?? 0
      const next = at + (codePoint > 0xffff ? 2 : 1)
      const folded = fold(codePoint)
      const kind = kindOf(folded)
      if (kind === kinds.letter) gap = this.#add(letterOf(folded), at, next, gap)
      else if (kind === kinds.strict) gap |= gaps.strict
      else if (kind === kinds.clause) gap |= gaps.clause
      else if (kind === kinds.several) {
        for (const letter of severalOf(folded)) gap = this.#add(letter, at, next, gap)
      } else if (kind === kinds.sign && this.#isLetter(letterOf(folded), text, next, gap))
        gap = this.#add(letterOf(folded), at, next, gap)
      else if (kind === kinds.nothing) {
        // Not even between letters.
      } else if (also.has(letterOf(folded))) gap = this.#add(letterOf(folded), at, next, gap)
      else gap |= letterOf(folded) === exclamation ? gaps.clause : gaps.loose
      at = next
    }
    return this
  }

  #add(letter: number, from: number, to: number, gap: number): number {
    const at = this.count
    if (at === lettersMax) {
      this.overflowed = true
      return gap
    }
    this.letter[at] = letter
    this.from[at] = from
    this.to[at] = to
    this.gap[at] = gap
    this.count = at + 1
    return gaps.none
  }

  /**
   * `$` is a letter beside one ("a$$", "$hit"). The others are one only between two: "hi!" ends with a mark, "@anna" is somebody,
   * "sh!t" and "@$$" are what they look like.
   */
  #isLetter(sign: number, text: string, next: number, gap: number): boolean {
    const before = gap === gaps.none && this.count > 0 ? (this.letter[this.count - 1] ?? 0) : 0
    const after = visibleAfter(text, next)
    if (sign === dollar) return [before, after].some((beside) => beside === dollar || isSpaced(beside))
    if (sign === at && after === dollar) return true
    return isLike(before) && (after === dollar || isLike(after))
  }
}

const none: ReadonlySet<number> = new Set()
const dollar = '$'.charCodeAt(0)
const at = '@'.charCodeAt(0)
const exclamation = '!'.charCodeAt(0)

const isLike = (letter: number) => isSpaced(letter) || isDigit(letter)

/** The next letter or sign there is to see. */
function visibleAfter(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const folded = fold(text.codePointAt(at) ?? 0)
    if (kindOf(folded) === kinds.letter || kindOf(folded) === kinds.sign) return letterOf(folded)
    if (kindOf(folded) !== kinds.nothing) return 0
    if ((text.codePointAt(at) ?? 0) > 0xffff) at++
  }
  return 0
}
