import { cpus } from 'node:os'

export interface BenchRedis {
  host: string
  port: number
  /** Ends it without a word, for good. */
  kill(): void
}

export interface Figure {
  name: string
  value: number
  unit: string
  /** Least and most of all rounds. */
  range?: [number, number]
  bound?: number
  ok?: boolean
  /** The system measured beside ours. */
  peer?: string
}

/** Prints what was measured; true when every bound held. */
export function print(name: string, figures: readonly Figure[], durationS: number, json: boolean): boolean {
  const ok = figures.every((figure) => figure.ok !== false)
  if (json) {
    const conditions = { cores: cpus().length, node: process.version, durationS }
    process.stdout.write(`${JSON.stringify({ name, ok, figures, conditions })}\n`)
    return ok
  }
  for (const { name: what, value, unit, range, bound, ok: held } of figures) {
    const more = [range && `(${range[0]}–${range[1]})`, bound !== undefined && `(bound: ${bound})`]
      .filter(Boolean)
      .join(' ')
    process.stdout.write(`${held === false ? '✗' : held ? '✓' : ' '} ${what.padEnd(46)} ${value} ${unit} ${more}\n`)
  }
  process.stdout.write(`on ${cpus().length} cores, ${durationS} s\n`)
  return ok
}
