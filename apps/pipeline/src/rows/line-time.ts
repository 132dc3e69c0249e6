import type { Run, Topic } from '@gala/eventlog'

const lineFeed = 0x0a
/** Earliest and latest moment a line may be of: 2020 and 2100. Anything else is a mistake of whoever wrote it. */
const earliestMs = 1_577_836_800_000
const latestMs = 4_102_444_800_000
const seconds = Buffer.from('"msec":')
const milliseconds = Buffer.from('"at":')

/**
 * When what a line tells of happened, in Unix milliseconds; 0 when nobody can say. Read from its bytes, so that counting a line does not
 * cost what understanding it does, and half a line has a time as well. Quotes within a text are escaped: no text can pass for the key.
 */
export function lineTime(topic: Topic, line: Buffer): number {
  const key = topic === 'requests' ? seconds : milliseconds
  const at = line.indexOf(key)
  if (at < 0) return 0
  const [whole, end] = digits(line, at + key.length)
  const ms = topic === 'requests' ? whole * 1_000 + thousandths(line, end) : whole
  return ms >= earliestMs && ms < latestMs ? ms : 0
}

/** The lines of a run that stand at a place or after it, without their line feeds. */
export function* linesAfter({ from, to, count, lines }: Run, place: number): Generator<Buffer> {
  if (place >= to) return
  // A line that was too long to be carried: it has no part that could have been read before.
  const carried = lines.length === to - from
  let start = carried ? Math.max(0, place - from) : 0
  for (let left = count; left > 0 && start < lines.length; left--) {
    const end = lines.indexOf(lineFeed, start)
    if (end < 0) return
    yield lines.subarray(start, end)
    start = end + 1
  }
}

function digits(line: Buffer, from: number): [value: number, end: number] {
  let value = 0
  let at = from
  for (; at < from + 15; at++) {
    const digit = (line[at] ?? 0) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return [value, at]
}

/** Of a fraction with three digits, as nginx writes it. */
function thousandths(line: Buffer, at: number): number {
  if (line[at] !== 0x2e) return 0
  const [value, end] = digits(line, at + 1)
  return end === at + 4 ? value : 0
}
