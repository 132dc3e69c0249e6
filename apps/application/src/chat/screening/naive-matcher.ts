/** The rules of `Spelled` again, for a small alphabet and without any thought of time: tries every way to read a text. */
interface Letter {
  as: string
  /** What stood before it. */
  gap: string
}

export function naivelyFound(word: string, text: string): boolean {
  const wanted = read(word)
  const there = read(text)
  const spaced = wanted.every(({ as }) => /[a-z0-9$!|@]/.test(as))
  const runs: { as: string; count: number; apart: boolean }[] = []
  for (const [i, { as, gap }] of wanted.entries()) {
    const run = runs.at(-1)
    if (run?.as === as && gap === '') run.count++
    else runs.push({ as, count: 1, apart: i > 0 && gap !== '' })
  }
  const ways = function* (run: number, at: number): Generator<number[]> {
    const { as = '', count = 0 } = runs[run] ?? {}
    if (run === runs.length) return yield []
    for (let taken = 1; at + taken <= there.length && mayBe(there[at + taken - 1]?.as ?? '', as); taken++) {
      if (taken !== count && (taken < 3 || taken < count)) continue
      for (const rest of ways(run + 1, at + taken)) yield [taken, ...rest]
    }
  }
  return there.some((_, from) => [...ways(0, from)].some((lengths) => isGood(runs, lengths, there, from, spaced)))
}

function isGood(
  runs: { as: string; apart: boolean }[],
  lengths: number[],
  there: Letter[],
  from: number,
  spaced: boolean,
): boolean {
  const to = from + lengths.reduce((sum, length) => sum + length, 0)
  if (!apart(runs[0]?.as, there[from], there[from - 1])) return false
  if (there[to] && !apart(runs.at(-1)?.as, there[to], there[to - 1], there[to])) return false
  const joints: string[] = []
  const inner: string[] = []
  const tally = { digits: 0, rest: 0, letters: 0 }
  let at = from
  for (const [i, length] of lengths.entries()) {
    const run = runs[i]
    if (i > 0 && !run?.apart) joints.push(there[at]?.gap ?? '')
    for (let k = at; k < at + length; k++) {
      const as = there[k]?.as ?? ''
      if (k > at) inner.push(there[k]?.gap ?? '')
      if (as !== run?.as && /\d/.test(as)) tally.digits++
      else tally.rest++
      if (as === run?.as || !/[$!|]/.test(as)) tally.letters++
    }
    at += length
  }
  if (tally.letters === 0 || tally.digits > tally.rest) return false
  const between = [...joints, ...inner].join('')
  if (!spaced) return !/[,，！]/.test(between)
  return !/[ ',，！]/.test(between) || joints.every((gap) => gap !== '')
}

function apart(own = '', after?: Letter, before?: Letter, beside = before): boolean {
  if (!before || !after || after.gap !== '') return true
  const is = beside?.as ?? ''
  return /\d/.test(own) ? !/\d/.test(is) : !(/[a-z]/.test(own) && /[a-z]/.test(is))
}

const meant: Record<string, string> = { 1: 'il', 4: 'a', 5: 's', 6: 'g', $: 's', '!': 'il', '|': 'il', '@': 'a' }
const mayBe = (is: string, wanted: string) => is === wanted || (meant[is] ?? '').includes(wanted)

/** Signs are letters by what is beside them, invisible characters looked through. */
function read(text: string): Letter[] {
  const folds: Record<string, string> = { а: 'a', ａ: 'a', é: 'e', '！': '!' }
  const characters = [...text].filter((c) => c !== '\u200b').map((c) => folds[c] ?? c)
  const letters: Letter[] = []
  let gap = ''
  for (const [i, c] of characters.entries()) {
    const before = gap === '' ? (letters.at(-1)?.as ?? '') : ''
    const after = characters[i + 1] ?? ''
    if (/[\p{L}\d]/u.test(c) || isLetter(c, before, after)) {
      letters.push({ as: c, gap })
      gap = ''
    } else gap += c === '!' ? ',' : c
  }
  return letters
}

function isLetter(sign: string, before: string, after: string): boolean {
  if (sign === '$') return /[a-z$]/.test(before) || /[a-z$]/.test(after)
  if (!/[!|@]/.test(sign)) return false
  return (sign === '@' && after === '$') || (/[a-z0-9]/.test(before) && /[a-z0-9$]/.test(after))
}
