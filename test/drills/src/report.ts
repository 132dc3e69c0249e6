import { availableParallelism } from 'node:os'

export interface Figure {
  name: string
  value: number
  unit: string
  /** The promise it is held against. */
  bound?: number
  ok?: boolean
  /** Of whom it is, when it is not of the platform. */
  peer?: string
}

/** A figure that must not be above its bound. */
export const atMost = (name: string, value: number, unit: string, bound: number): Figure => ({
  name,
  value: rounded(value),
  unit,
  bound,
  ok: value <= bound,
})

export const atLeast = (name: string, value: number, unit: string, bound: number): Figure => ({
  name,
  value: rounded(value),
  unit,
  bound,
  ok: value >= bound,
})

export const told = (name: string, value: number, unit: string): Figure => ({ name, value: rounded(value), unit })

/** Three digits are told of what is small: a ratio, a share. */
const rounded = (value: number) => (value < 10 ? Math.round(value * 1000) / 1000 : Math.round(value * 10) / 10)

/** The value that `part` of all values do not exceed; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Prints a drill's figures; true when every promise held. */
export function print(name: string, figures: readonly Figure[], durationS: number, json: boolean): boolean {
  const ok = figures.every((figure) => figure.ok !== false)
  if (json) {
    const conditions = { cores: availableParallelism(), node: process.version, durationS }
    process.stdout.write(`${JSON.stringify({ name, ok, figures, conditions })}\n`)
    return ok
  }
  for (const { name: what, value, unit, bound, ok: held } of figures) {
    const promise = bound === undefined ? '' : `(promised: ${bound})`
    process.stdout.write(`${held === false ? '✗' : held ? '✓' : ' '} ${what.padEnd(52)} ${value} ${unit} ${promise}\n`)
  }
  process.stdout.write(`${ok ? 'every promise held' : 'a promise was broken'}, ${durationS} s\n`)
  return ok
}
