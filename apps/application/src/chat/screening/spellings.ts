import { isSpaced } from './folding.js'
import { gaps, type Letters } from './letters.js'
import { classOf, isDigit, isSign } from './look-alikes.js'

/**
 * Words as they are looked for, by number: runs of a letter, one behind the other in two long arrays. A hundred thousand words are
 * a million runs; as objects of their own they would keep the garbage collector busy for longer than all the rest takes.
 */
export class Spellings {
  #words = 0
  #runs = 0
  #letter = new Int32Array(firstSize)
  /** How often in a row; below nothing when the word has something that is no letter before the run: two words, say. */
  #count = new Int32Array(firstSize)
  /** Where the runs of each word begin, and one more for where those of the last one end. */
  #first = new Int32Array(firstSize)
  #spaced = new Uint8Array(firstSize)

  /** Adds the next word. False when there is no letter in it. */
  add({ letter, gap, count }: Letters): boolean {
    if (count === 0) return false
    let spaced = true
    for (let i = 0; i < count; i++) {
      const at = letter[i] ?? 0
      const apart = i > 0 && gap[i] !== gaps.none
      spaced &&= isSpaced(at) || isDigit(at) || isSign(at)
      if (i > 0 && !apart && at === letter[i - 1]) this.#drawOut()
      else this.#newRun(at, apart)
    }
    if (this.#words + 2 > this.#first.length) {
      this.#first = twiceAsLong(this.#first, Int32Array)
      this.#spaced = twiceAsLong(this.#spaced, Uint8Array)
    }
    this.#spaced[this.#words++] = spaced ? 1 : 0
    this.#first[this.#words] = this.#runs
    return true
  }

  first(word: number): number {
    return this.#first[word] ?? 0
  }

  /** After the last run of a word. */
  end(word: number): number {
    return this.#first[word + 1] ?? 0
  }

  /** All of its letters are of scripts with spaces between words, so it has to be a word in the text as well. */
  isSpaced(word: number): boolean {
    return this.#spaced[word] === 1
  }

  letter(run: number): number {
    return this.#letter[run] ?? 0
  }

  count(run: number): number {
    return Math.abs(this.#count[run] ?? 0)
  }

  isApart(run: number): boolean {
    return (this.#count[run] ?? 0) < 0
  }

  /** What the automaton looks for: classes of letters, the same one never twice in a row. Written over what was in `path`. */
  path(word: number, path: number[]): number[] {
    path.length = 0
    for (let run = this.first(word); run < this.end(word); run++) {
      const ofClass = classOf(this.letter(run))
      if (path.at(-1) !== ofClass) path.push(ofClass)
    }
    return path
  }

  /** Forgets the word added last. */
  drop() {
    this.#runs = this.#first[--this.#words] ?? 0
  }

  #newRun(letter: number, apart: boolean) {
    if (this.#runs === this.#letter.length) {
      this.#letter = twiceAsLong(this.#letter, Int32Array)
      this.#count = twiceAsLong(this.#count, Int32Array)
    }
    this.#letter[this.#runs] = letter
    this.#count[this.#runs++] = apart ? -1 : 1
  }

  #drawOut() {
    const run = this.#runs - 1
    const count = this.#count[run] ?? 0
    this.#count[run] = count + Math.sign(count)
  }
}

const firstSize = 1_024

function twiceAsLong<A extends Int32Array | Uint8Array>(values: A, Kind: new (length: number) => A): A {
  const longer = new Kind(2 * values.length)
  longer.set(values)
  return longer
}
