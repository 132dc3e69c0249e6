import { drawnLikeLatin } from './look-alikes.js'

/** What a character is to the filter. */
export const kinds = {
  /** Not there: invisible, or only a mark on the letter before. */
  nothing: 1,
  /** Stands between letters. What is called strict also stands between words; a clause ends with the last. */
  loose: 2,
  strict: 3,
  clause: 4,
  letter: 5,
  /** `@ $ ! |`: a letter among letters, otherwise what it is. */
  sign: 6,
  /** Written with one character, but several. */
  several: 7,
} as const

const kindShift = 24
const letterMask = 0xff_ffff
export const kindOf = (folded: number) => folded >>> kindShift
/** Of a letter or sign: which; of `several`: their index in `severalOf`. */
export const letterOf = (folded: number) => folded & letterMask

const planeSize = 0x1_0000
/** Characters outside the first plane that are remembered; most texts hold a handful of emoji. */
const rareMax = 4_096

const known = new Uint32Array(planeSize)
const rare = new Map<number, number>()
const lists: number[][] = []

export const severalOf = (folded: number): readonly number[] => lists[letterOf(folded)] ?? []

/**
 * A character as the filter sees it: kind and letter in one number. Worked out once for each character, because it takes a
 * microsecond, and a text of 60 characters is to be screened in less than ten.
 */
export function fold(codePoint: number): number {
  const remembered = codePoint < planeSize ? known[codePoint] : rare.get(codePoint)
  if (remembered) return remembered
  const folded = foldAnew(codePoint)
  if (codePoint < planeSize) known[codePoint] = folded
  else {
    if (rare.size >= rareMax) rare.clear()
    rare.set(codePoint, folded)
  }
  return folded
}

const negative = [0x1f150, 0x1f170]
const clauseMarks = ',;:?\u3001\u3002\u061f\u060c'
const apostrophes = "'`\u2019\u2018\u02bc\u00b4"
const signs = '@$!|'
// Marks that only decorate. Voiced marks of kana (3099, 309A) and vowel signs of Indic scripts make another letter.
const decoration = /^(?![\u3099\u309a])(?=\p{Script=Inherited})\p{M}$/u
const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Emoji_Modifier}]$/u
const white = /^[\p{White_Space}\p{Cc}\u2800]$/u
const written = /^[\p{L}\p{N}\p{M}]$/u

function foldAnew(codePoint: number): number {
  // A half of a pair that has lost the other one.
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return of(kinds.loose, codePoint)
  const character = String.fromCodePoint(codePoint)
  for (const first of negative) {
    // White letters on black discs and squares do not decompose.
    if (codePoint >= first && codePoint < first + 26) return of(kinds.letter, codePoint - first + 97)
  }
  const folded = [...character.normalize('NFKD')].flatMap((part) => [
    ...part.toUpperCase().toLowerCase().normalize('NFKD'),
  ])
  const parts = folded.map(partOf).filter((part) => kindOf(part) !== kinds.nothing)
  if (parts.length === 0) return of(kinds.nothing, 0)
  const [only = 0] = parts
  if (parts.length === 1) return only
  const letters = parts.filter((part) => kindOf(part) === kinds.letter)
  if (letters.length === 0) return of(kinds.loose, 0)
  if (letters.length === 1) return letters[0] ?? 0
  return of(kinds.several, lists.push(letters.map(letterOf)) - 1)
}

function partOf(part: string): number {
  const codePoint = part.codePointAt(0) ?? 0
  if (invisible.test(part) || decoration.test(part)) return of(kinds.nothing, 0)
  if (white.test(part) || apostrophes.includes(part)) return of(kinds.strict, 0)
  if (signs.includes(part)) return of(kinds.sign, codePoint)
  if (clauseMarks.includes(part)) return of(kinds.clause, 0)
  if (!written.test(part)) return of(kinds.loose, codePoint)
  return of(kinds.letter, (drawnLikeLatin.get(part) ?? part).codePointAt(0) ?? 0)
}

const of = (kind: number, letter: number) => ((kind << kindShift) | letter) >>> 0

const alphabetic = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]$/u
const spaced = new Map<number, boolean>()

/** Whether a letter is of a script that puts spaces between words (of those with short, unjoined ones). Chinese, Japanese, Thai do not. */
export function isSpaced(letter: number): boolean {
  if (letter < 128) return letter >= 97 && letter <= 122
  let is = spaced.get(letter)
  if (is === undefined) {
    is = alphabetic.test(String.fromCodePoint(letter))
    if (spaced.size < rareMax) spaced.set(letter, is)
  }
  return is
}
