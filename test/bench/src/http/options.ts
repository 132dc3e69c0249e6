/** Who is measured beside each other, in this order: those that are compared come one after the other. */
export const contenderNames = [
  'node',
  'ours',
  'ours-raw',
  'nest-express',
  'nest-fastify',
  'fastify',
  'nginx-return',
  'nginx-cache',
  'edge',
] as const
export type ContenderName = (typeof contenderNames)[number]

/** What is measured of ours alone. */
const partNames = ['latency', 'catalogue', 'tracing'] as const
type PartName = (typeof partNames)[number]

export interface HttpOptions {
  contenders: readonly ContenderName[]
  parts: readonly PartName[]
  rounds: number
  chart: boolean
  json: boolean
}

const roundsUsual = 5
const roundsMax = 100

/** What was asked for; undefined when it cannot be understood. */
export function httpOptions(args: readonly string[]): HttpOptions | undefined {
  const options: HttpOptions = {
    contenders: contenderNames,
    parts: partNames,
    rounds: roundsUsual,
    chart: false,
    json: false,
  }
  const left = [...args]
  for (let flag = left.shift(); flag !== undefined; flag = left.shift()) {
    if (flag === '--json') options.json = true
    else if (flag === '--chart') options.chart = true
    else if (flag === '--rounds') options.rounds = Number(left.shift())
    else if (flag === '--only') {
      const named = (left.shift() ?? '').split(',')
      if (named.some((name) => ![...contenderNames, ...partNames].some((known) => known === name))) return undefined
      options.contenders = contenderNames.filter((name) => named.includes(name))
      options.parts = partNames.filter((name) => named.includes(name))
    } else return undefined
  }
  if (!Number.isInteger(options.rounds) || options.rounds < 1 || options.rounds > roundsMax) return undefined
  // How much load is a half of what ours bears is known once that was measured.
  if (options.parts.includes('latency') && !options.contenders.includes('ours')) {
    options.contenders = [...options.contenders, 'ours']
  }
  return options
}
