export const wordsMax = 20_000
const wordCharsMax = 60

/** A list as it is edited: one word a line. */
export interface WordsRead {
  /** Without empty lines, spaces around words, and repetitions. */
  words: string[]
  repeated: number
  /** Lines that are too long to be a word, by their number. */
  long: number[]
}

export function readWords(text: string): WordsRead {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const given = lines.filter((line) => line !== '')
  const words = [...new Set(given)]
  const long = lines.flatMap((line, i) => (line.length > wordCharsMax ? [i + 1] : []))
  return { words, repeated: given.length - words.length, long }
}

/** What a text of words makes wrong; undefined: it can be saved. */
export function wordsFlaw({ words, long }: WordsRead): string | undefined {
  if (words.length > wordsMax) return `A list holds ${wordsMax.toLocaleString('en-US')} words at most.`
  if (long.length === 0) return undefined
  const first = long.slice(0, 5).join(', ')
  return `Longer than ${wordCharsMax} characters: line ${first}${long.length > 5 ? ' and others' : ''}.`
}

export interface WordsDifference {
  added: string[]
  removed: string[]
}

export function wordsDiffer(before: readonly string[], after: readonly string[]): WordsDifference {
  const onlyIn = (these: readonly string[], those: readonly string[]) => {
    const known = new Set(those)
    return these.filter((word) => !known.has(word))
  }
  return { added: onlyIn(after, before), removed: onlyIn(before, after) }
}
