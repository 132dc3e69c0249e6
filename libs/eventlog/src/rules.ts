import { type Run, runBytesMax } from './event-log.js'

/** @throws RangeError for a run no log takes: whoever makes runs cuts them smaller. */
export function checked(run: Run): void {
  const { source, from, to, count, lines } = run
  if (lines.length > runBytesMax) throw new RangeError(`a run of ${lines.length} bytes; ${runBytesMax} is the most`)
  const whole = [from, to, count].every((number) => Number.isSafeInteger(number) && number >= 0)
  if (!whole || to < from || source === '') throw new RangeError(`not a run: ${source} ${from}..${to}, ${count} lines`)
}
