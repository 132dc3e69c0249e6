/** Who is measured beside each other, in this order. */
const contenderNames = ['ours', 'centrifugo', 'ws', 'socket.io'] as const
export type ContenderName = (typeof contenderNames)[number]

export interface ImOptions {
  contenders: readonly ContenderName[]
  payload: boolean
  /** How many are connected, one turn each. */
  sockets: readonly number[]
  rounds: number
  /** How long each turn is measured. */
  seconds: number
  json: boolean
}

const usual = { sockets: [2_000, 10_000], rounds: 3, seconds: 15 } as const
const socketsMax = 50_000
const roundsMax = 50
const secondsMax = 600

/** What was asked for; undefined when it cannot be understood. */
export function imOptions(args: readonly string[]): ImOptions | undefined {
  const options: ImOptions = { contenders: contenderNames, payload: true, ...usual, json: false }
  const left = [...args]
  for (let flag = left.shift(); flag !== undefined; flag = left.shift()) {
    if (flag === '--json') options.json = true
    else if (flag === '--rounds') options.rounds = Number(left.shift())
    else if (flag === '--seconds') options.seconds = Number(left.shift())
    else if (flag === '--sockets') options.sockets = (left.shift() ?? '').split(',').map(Number)
    else if (flag === '--only') {
      const named = (left.shift() ?? '').split(',')
      if (named.some((name) => ![...contenderNames, 'payload'].some((known) => known === name))) return undefined
      options.contenders = contenderNames.filter((name) => named.includes(name))
      options.payload = named.includes('payload')
    } else return undefined
  }
  const { rounds, seconds, sockets } = options
  const inRange = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max
  const fits = inRange(rounds, roundsMax) && inRange(seconds, secondsMax)
  return fits && sockets.every((count) => inRange(count, socketsMax)) ? options : undefined
}
