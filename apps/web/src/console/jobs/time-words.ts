import { parseEventTime } from '@gala/contracts'
import { duration } from '../../format/amounts.js'
import { lengthWords, span } from '../../format/times.js'

const two = (value: number) => String(value).padStart(2, '0')

/** The clock of an event in full: `T−00:29:41`, `T+01:02:03`, with days from the first whole one on: `T−2 d 03:00:00`. */
export function missionClock(startAt: string, nowMs: number): string {
  const ms = nowMs - Date.parse(startAt)
  // Before the start the second that has begun counts, so that T−00:00:00 is never said while something is left.
  const restS = Math.floor((ms < 0 ? -ms + 999 : ms) / 1000)
  const days = Math.floor(restS / 86_400)
  const [hours, minutes, seconds] = [Math.floor(restS / 3600) % 24, Math.floor(restS / 60) % 60, restS % 60]
  return `T${ms < 0 ? '−' : '+'}${days > 0 ? `${days} d ` : ''}${two(hours)}:${two(minutes)}:${two(seconds)}`
}

/** How far away a moment is: `in 12:03`, `12:03 ago`, `in 2 d 3 h`; what has begun of a second ahead counts. */
export function awayWords(atMs: number, nowMs: number): string {
  const ms = atMs - nowMs
  return ms > 0 ? `in ${roughly(ms + 999)}` : `${roughly(-ms)} ago`
}

/** To the second within a day, to the hour beyond. */
function roughly(ms: number): string {
  return ms < 86_400_000 ? span(ms) : lengthWords(Math.floor(ms / 3_600_000) * 3_600_000)
}

/** No scheduler does better than this, and nobody sees the difference. */
const onTimeMs = 100

/** From the scheduled time to the first start: `on time`, `380 ms late`, `12.0 s early`. */
export function latenessWords(lateMs: number): string {
  if (Math.abs(lateMs) < onTimeMs) return 'on time'
  return `${duration(Math.abs(lateMs))} ${lateMs > 0 ? 'late' : 'early'}`
}

/** `T-30m` as it is set on a page: with a minus sign, not a hyphen. */
export const eventTimeShort = (at: string) => at.replace('-', '−')

/** `T-30m` in words: `30 min before the start`. */
export function eventTimeWords(at: string): string {
  const { from, offsetMs } = parseEventTime(at)
  if (offsetMs === 0) return `at the ${from}`
  return `${lengthWords(Math.abs(offsetMs))} ${offsetMs < 0 ? 'before' : 'after'} the ${from}`
}
