import type { Wall } from '@gala/contracts'
import { whole } from '../../format/amounts.js'
import { span } from '../../format/times.js'

/** A sentence with a shape before it; what is not as it should be is also coloured. */
export interface Told {
  tone: 'good' | 'asks' | 'bad' | 'quiet'
  words: string
}

type Budget = Wall['budget']

/** How much of the error budget is left: a number for a wall, and a sentence. */
export function budgetWords({ left, allowed, spent, requests }: Budget): Told & { figure: string } {
  if (left === null || requests === 0) return { tone: 'quiet', figure: '–', words: '○ nothing was asked' }
  const of = `${whole(spent)} bad of ${few(allowed)} allowed in ${whole(requests)} requests`
  if (left < 0) return { tone: 'bad', figure: `▲ ${few(spent / allowed)} ×`, words: `▲ overspent: ${of}` }
  const figure = spent === 0 ? '100 %' : `${(Math.floor(left * 1_000) / 10).toFixed(1)} %`
  return left < 0.25
    ? { tone: 'asks', figure, words: `◐ nearly spent: ${of}` }
    : { tone: 'good', figure, words: `● left: ${of}` }
}

/** How fast it is spent: part of the whole budget in an hour. */
export function burnWords({ burnPerHour }: Budget): Told {
  if (burnPerHour === null) return { tone: 'quiet', words: '○ burns nothing' }
  if (burnPerHour === 0) return { tone: 'good', words: '● nothing burns now' }
  const words = burnPerHour >= 10 ? `${few(burnPerHour)} times all of it` : `${few(burnPerHour * 100)} % of it`
  return burnPerHour > 1
    ? { tone: 'bad', words: `▲ burns ${words} an hour` }
    : { tone: 'asks', words: `◐ burns ${words} an hour` }
}

/** The promise is 15 s from a request to the wall. */
const lateS = 15

/** Where the figures of a data centre come from, and how far behind they are. */
export function linkWords({ link, behindS, why }: Wall['dcs'][number]): Told {
  const from = link === 'stream' ? 'from the stream' : `from the lake${why === null ? '' : `: ${why}`}`
  if (behindS === null) return { tone: 'quiet', words: `○ ${from}; nothing is counted yet` }
  const age = behindS < 60 ? `${Math.round(behindS)} s` : span(behindS * 1_000)
  if (link === 'batch') return { tone: 'bad', words: `▲ ${from}; newest request ${age} ago` }
  return behindS > lateS
    ? { tone: 'asks', words: `◐ ${from}; newest request ${age} ago` }
    : { tone: 'good', words: `● ${from}; newest request ${age} ago` }
}

/** In health the links are not further apart than this, as a ratio. */
const apartMost = 5e-6

/** How far apart what came over the stream is from what the lake has. */
export function apartWords({ ratio, requests }: Wall['apart']): Told {
  if (requests === 0) return { tone: 'good', words: '● both links have counted the same' }
  const words = `the links differ by ${whole(requests)} requests, ${few(ratio * 1e6)} in a million`
  return ratio > apartMost ? { tone: 'bad', words: `▲ ${words}` } : { tone: 'asks', words: `◐ ${words}` }
}

/** Three digits that say something: `0.013`, `4.2`, `12,400`. */
export const few = (value: number): string =>
  value.toLocaleString('en-US', value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 })

/** Milliseconds of a percentile, for a wall. */
export function msWords(ms: number): string {
  return ms < 1_000 ? `${few(Math.round(ms * 10) / 10)} ms` : `${few(ms / 1_000)} s`
}
