import type { Run, Topic } from '@gala/eventlog'
import { z } from 'zod'
import { linesAfter, lineTime } from '../rows/line-time.js'

const counted = ['read', 'shipped', 'lost', 'torn'] as const
export type Counted = (typeof counted)[number]
export type MinuteCount = Record<Counted, number>

const countSchema = z.object(
  Object.fromEntries(counted.map((what) => [what, z.int().min(0)])) as Record<Counted, z.ZodInt>,
)
export const minutesSchema = z.record(z.string().regex(/^\d+$/), countSchema)
export type Minutes = z.output<typeof minutesSchema>

const minuteMs = 60_000
/** Half a day of one topic. What is older is put together under 0, with lines that have no time. */
const minutesMax = 720

export const minuteOf = (ms: number): number => ms - (ms % minuteMs)

/** How many of the lines after a place are of which minute. */
export function minutesOf(topic: Topic, run: Run, place: number): Map<number, number> {
  const found = new Map<number, number>()
  for (const line of linesAfter(run, place)) {
    const minute = minuteOf(lineTime(topic, line))
    found.set(minute, (found.get(minute) ?? 0) + 1)
  }
  return found
}

export function addTo(minutes: Minutes, what: Counted, found: ReadonlyMap<number, number>): void {
  for (const [minute, count] of found) at(minutes, minute)[what] += count
  const all = Object.keys(minutes)
  if (all.length <= minutesMax) return
  const oldest = all.map(Number).sort((a, b) => a - b)
  for (const minute of oldest.slice(1, 1 + all.length - minutesMax)) {
    const gone = at(minutes, minute)
    for (const each of counted) at(minutes, 0)[each] += gone[each]
    delete minutes[minute]
  }
}

function at(minutes: Minutes, minute: number): MinuteCount {
  const known = minutes[minute] ?? { read: 0, shipped: 0, lost: 0, torn: 0 }
  minutes[minute] = known
  return known
}
