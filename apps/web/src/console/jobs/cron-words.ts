/** One item of a list in a field of a cron expression. */
interface Item {
  from: number
  to: number
  step: number
  /** It was `*`, so that only its step says anything. */
  all: boolean
  /** `L`: the last day of the month, or with a weekday its last one. */
  last: boolean
  /** `#2`: the second of its weekday in the month. */
  nth: number | undefined
}

const months = 'January February March April May June July August September October November December'.split(' ')
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')
const ordinals = ['', 'first', 'second', 'third', 'fourth', 'fifth']
const shortNames = (names: readonly string[], from: number) =>
  Object.fromEntries(names.slice(0, 12).map((name, i) => [name.slice(0, 3).toLowerCase(), i + from]))

/** Bounds of each field, and the names that stand for numbers in it. */
const fields = [
  { min: 0, max: 59, names: {} },
  { min: 0, max: 59, names: {} },
  { min: 0, max: 23, names: {} },
  { min: 1, max: 31, names: {} },
  { min: 1, max: 12, names: shortNames(months, 1) },
  { min: 0, max: 7, names: shortNames(weekdays.slice(0, 7), 0) },
] as const satisfies { min: number; max: number; names: Record<string, number> }[]

/** Listing more times of day than this says less than a rule does. */
const timesMax = 6

/** What a cron expression of five or six fields means: `every day at 20:00`. Undefined: it cannot be read. */
export function cronWords(expression: string): string | undefined {
  const given = expression.trim().toLowerCase().split(/\s+/)
  const [second, minute, hour, day, month, weekday] = (given.length === 5 ? ['0', ...given] : given).map(itemsOf)
  if (given.length > 6 || !second || !minute || !hour || !day || !month || !weekday) return undefined
  const times = fixedTimes(second, minute, hour)
  const days = [dayWords(day), weekdayWords(weekday)].filter((words) => words !== '').join(' or ')
  const when = [days, isAll(month) ? '' : `in ${listed(month, (of) => months[of - 1] ?? '')}`].filter(Boolean).join(' ')
  if (times === undefined) return [everyWords(second, minute, hour), when].filter(Boolean).join(', ')
  return when === '' ? `every day at ${times}` : `at ${times} ${when}`
}

function itemsOf(field: string, i: number): Item[] | undefined {
  const items = field.split(',').map((item) => itemOf(item, i))
  return items.every((item) => item !== undefined) ? items : undefined
}

function itemOf(item: string, i: number): Item | undefined {
  const bounds = fields[i]
  if (!bounds) return undefined
  const { min, max } = bounds
  const names: Record<string, number> = bounds.names
  if (i === 3 && item === 'l') return { from: max, to: max, step: 1, all: false, last: true, nth: undefined }
  const [, from, to, step, last, nth] = /^(\*|\?|\w+?)(?:-(\w+))?(?:\/(\d+))?(?:(l)|#([1-5]))?$/.exec(item) ?? []
  if (from === undefined || ((last || nth) && i !== 5)) return undefined
  const all = from === '*' || from === '?'
  const numberOf = (word: string) => names[word] ?? (/^\d+$/.test(word) ? Number(word) : Number.NaN)
  const first = all ? min : numberOf(from)
  const end = to !== undefined ? numberOf(to) : all || step !== undefined ? max : first
  const good = first >= min && end <= max && first <= end && step !== '0'
  if (!good || (all && to !== undefined)) return undefined
  const of = { from: first, to: end, step: Number(step ?? 1), all, last: last !== undefined }
  return { ...of, nth: nth === undefined ? undefined : Number(nth) }
}

const isAll = (items: readonly Item[]) => items.length === 1 && items[0]?.all === true && items[0].step === 1

/** The only number of a field; undefined: there are several. */
const onlyOf = ([item, ...more]: readonly Item[]) =>
  item && more.length === 0 && item.from === item.to ? item.from : undefined

/** The step of a field that is a star with a step, when it divides evenly: only then it comes as regularly as it sounds. */
const stepOf = ([item, ...more]: readonly Item[], whole: number) =>
  item?.all && more.length === 0 && item.step > 1 && whole % item.step === 0 ? item.step : undefined

const two = (value: number) => String(value).padStart(2, '0')

/** `08:00 and 20:00`, when that is what the three fields say and they are few. */
function fixedTimes(second: readonly Item[], minute: readonly Item[], hour: readonly Item[]): string | undefined {
  const s = onlyOf(second)
  if (s === undefined || ![...minute, ...hour].every(({ from, to }) => from === to)) return undefined
  const times = hour.flatMap((h) => minute.map((m) => `${two(h.from)}:${two(m.from)}${s > 0 ? `:${two(s)}` : ''}`))
  return times.length <= timesMax ? joined(times.toSorted()) : undefined
}

function everyWords(second: readonly Item[], minute: readonly Item[], hour: readonly Item[]): string {
  if (isAll(hour) && isAll(minute)) {
    const seconds = stepOf(second, 60)
    if (isAll(second)) return 'every second'
    if (seconds) return `every ${seconds} seconds`
    if (onlyOf(second) === 0) return 'every minute'
  }
  const at = onlyOf(minute)
  if (onlyOf(second) === 0) {
    const hours = stepOf(hour, 24)
    const minutes = stepOf(minute, 60)
    if (at !== undefined && isAll(hour)) return `every hour at :${two(at)}`
    if (at !== undefined && hours) return `every ${hours} hours at :${two(at)}`
    if (minutes && isAll(hour)) return `every ${minutes} minutes`
    const [range] = hour
    if (minutes && hour.length === 1 && range && range.step === 1)
      return `every ${minutes} minutes from ${two(range.from)}:00 to ${two(range.to)}:59`
  }
  const parts = [
    { name: 'second', items: second, said: onlyOf(second) !== 0 },
    { name: 'minute', items: minute, said: true },
    { name: 'hour', items: hour, said: !isAll(hour) },
  ]
  return parts.flatMap(({ name, items, said }) => (said ? [`${name} ${listed(items, String)}`] : [])).join(', ')
}

function dayWords(items: readonly Item[]): string {
  if (isAll(items)) return ''
  if (items.length === 1 && items[0]?.last) return 'on the last day of the month'
  return `on day ${listed(items, String)} of the month`
}

const weekdayWords = (items: readonly Item[]): string =>
  isAll(items) ? '' : `on ${listed(items, (of) => weekdays[of] ?? '')}`

function listed(items: readonly Item[], name: (of: number) => string): string {
  return joined(
    items.map(({ from, to, step, all, last, nth }) => {
      if (last) return items.length > 1 && name(from) === '31' ? 'the last' : `the last ${name(from)} of the month`
      if (nth) return `the ${ordinals[nth]} ${name(from)} of the month`
      if (from === to) return name(from)
      if (all)
        return step === 1 ? 'any' : `every ${step}${step === 2 ? 'nd' : step === 3 ? 'rd' : 'th'} from ${name(from)}`
      return `${name(from)} to ${name(to)}${step > 1 ? ` in steps of ${step}` : ''}`
    }),
  )
}

/** `a, b and c`. */
const joined = (words: readonly string[]) =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? '')
