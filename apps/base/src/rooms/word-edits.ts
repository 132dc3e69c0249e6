import { fieldRefused } from '@gala/contracts'

/** Of each kind; enough to see what an edit was about, and the audit is no second copy of the lists. */
const namedMax = 20

/** Without spaces around them, empty ones and repetitions, in their order. @throws AppError VALIDATION_FAILED. */
export function cleanWords(given: readonly string[]): string[] {
  // They are stored one a line.
  const broken = given.findIndex((word) => /[\r\n]/.test(word.trim()))
  if (broken >= 0) throw fieldRefused(`body.words.${broken}`, 'must be on one line')
  return [...new Set(given.map((word) => word.trim()).filter((word) => word !== ''))]
}

/** What an edit has changed: how many, and some of them by name. */
export function wordsDiffer(before: readonly string[], after: readonly string[]) {
  const onlyIn = (these: readonly string[], those: readonly string[]) => {
    const known = new Set(those)
    return these.filter((word) => !known.has(word))
  }
  const [added, removed] = [onlyIn(after, before), onlyIn(before, after)]
  return {
    added: added.length,
    removed: removed.length,
    addedWords: added.slice(0, namedMax),
    removedWords: removed.slice(0, namedMax),
  }
}
