const two = (value: number) => String(value).padStart(2, '0')

/** Milliseconds as `1:02:03`, or `12:03` under an hour. Negative counts as zero. */
export function span(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}

/** The time of day of a moment, in the reader's own zone: `20:05`. */
export const timeOfDay = (iso: string) =>
  new Date(iso).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })

/** The same with seconds: `20:05:09`. */
export const secondOfDay = (iso: string) => new Date(iso).toLocaleTimeString('en-GB')

/** The time of a moment, with its day unless that is today's. */
export function nearTime(iso: string, nowMs: number): string {
  const today = new Date(iso).toDateString() === new Date(nowMs).toDateString()
  return today ? secondOfDay(iso) : dayAndTime(iso)
}

/** Day and time of a moment, in the reader's own zone. */
export const dayAndTime = (iso: string) =>
  new Date(iso).toLocaleString('en-GB', {
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })

/** The reader's own time zone, as it is called in short: `GMT+8`. */
export const zoneName = () =>
  new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' })
    .formatToParts(new Date())
    .find(({ type }) => type === 'timeZoneName')?.value ?? ''

/** A moment as a field of a form takes it: in the reader's own zone, to the second. */
export function localField(iso: string): string {
  const at = new Date(iso)
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${date}T${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`
}

/** What stands in such a field, as the API takes it; undefined: it is no moment. */
export function momentOf(field: string): string | undefined {
  const ms = Date.parse(field)
  return !/T\d\d:\d\d/.test(field) || Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

const steps = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

/** A length of time to the millisecond: `1 h 30 min`, `45 s`, `2 d`. Negative counts as zero. */
export function lengthWords(ms: number): string {
  let rest = Math.max(0, Math.round(ms))
  const words = steps.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count > 0 ? [`${count} ${unit}`] : []
  })
  return words.join(' ') || '0 s'
}
