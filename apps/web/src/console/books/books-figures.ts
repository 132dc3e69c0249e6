import type { Books } from '@gala/contracts'
import { whole } from '../../format/amounts.js'

type Book = Books['items'][number]

/** A minute comes into the lake once it is closed, and that is one to two minutes after its end; this is when to wonder. */
const landsWithinMs = 240_000
const minuteMs = 60_000

interface Standing {
  is: 'open' | 'follows' | 'balanced' | 'differs' | 'lost'
  tone: 'quiet' | 'good' | 'asks' | 'bad'
  words: string
}

/** How a line of the books stands: every line produced has to be shipped, rolled up and landed, and none may be lost. */
export function standingOf(book: Book, asOfMs: number): Standing {
  const { produced, lost, settled } = book
  if (lost > 0) return { is: 'lost', tone: 'bad', words: `▲ ${whole(lost)} lost, deleted unread` }
  const off = differences(book)
  const young = asOfMs - Date.parse(book.minute) - minuteMs < landsWithinMs
  // Where nobody asks any more no newer line closes the last minute; it balances all the same.
  if (off.length === 0 && (settled || !young)) return { is: 'balanced', tone: 'good', words: '● balanced' }
  if (!settled) return { is: 'open', tone: 'quiet', words: '○ still open' }
  if (young && off.length === 1 && book.landed < produced) {
    return { is: 'follows', tone: 'quiet', words: '◔ the lake follows' }
  }
  return { is: 'differs', tone: 'asks', words: `◐ ${off.join(', ')}` }
}

const stages = [
  ['shipped', 'shipped'],
  ['rolled', 'rolled up'],
  ['landed', 'landed'],
] as const

function differences(book: Book): string[] {
  return stages.flatMap(([stage, words]) => {
    const off = book[stage] - book.produced
    return off === 0 ? [] : [`${whole(Math.abs(off))} ${off < 0 ? 'not' : 'too many'} ${words}`]
  })
}

const counted = ['produced', 'shipped', 'rolled', 'landed', 'lost', 'torn', 'duplicates'] as const
export type Sum = Record<(typeof counted)[number], number>

export const sumOf = (books: readonly Book[]): Sum =>
  Object.fromEntries(counted.map((name) => [name, books.reduce((sum, book) => sum + book[name], 0)])) as Sum

/** Lines that no time can be read from are kept under the beginning of time. */
export const timeless = ({ minute }: Pick<Book, 'minute'>): boolean => Date.parse(minute) === 0
