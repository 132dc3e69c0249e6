import { ratiosOf, spreadOf, tenths } from '../http/statistics.js'
import type { Figure } from '../report.js'
import type { Contender } from './contenders.js'
import type { Turn } from './turns.js'

/** Ours against Centrifugo, in deliveries for a second of processor time. */
const promisedTimes = 5
const promisedDelayMs = 500

export interface Measured {
  contender: Contender
  sockets: number
  turns: Turn[]
}

export function figuresOf(all: readonly Measured[]): Figure[] {
  return all.flatMap((measured) => [...own(measured), ...besides(measured, all)])
}

function own({ contender, sockets, turns }: Measured): Figure[] {
  const { name, peer } = contender
  const figure = (what: string, unit: string, of: (turn: Turn) => number, more: Partial<Figure> = {}): Figure => {
    const { median, least, most } = spreadOf(turns.map(of))
    return {
      name: `${name}, ${sockets} sockets: ${what}`,
      value: tenths(median),
      unit,
      range: [tenths(least), tenths(most)],
      ...(peer && { peer: name }),
      ...more,
    }
  }
  const within = (value: number): Partial<Figure> =>
    name === 'ours' ? { bound: promisedDelayMs, ok: value <= promisedDelayMs } : {}
  return [
    figure('messages a second', '/s', ({ ratePerS }) => ratePerS),
    figure('deliveries a CPU-second', '/CPU-s', ({ perCpuS }) => perCpuS),
    ...(peer ? [] : [figure('deliveries a CPU-second of access alone', '/CPU-s', ({ perOwnCpuS }) => perOwnCpuS)]),
    figure('deliveries a second', '/s', ({ perS }) => perS),
    figure('delay p50', 'ms', ({ delayP50Ms }) => delayP50Ms),
    figure('delay p99', 'ms', (turn) => turn.delayP99Ms, within(spreadOf(turns.map((turn) => turn.delayP99Ms)).median)),
    figure('bytes a message and viewer', 'B', ({ bytesPerMessage }) => bytesPerMessage),
    figure('memory a connection', 'KB', ({ rssPerSocketBytes }) => rssPerSocketBytes / 1_000),
    figure('arrived', '%', ({ arrivedPercent }) => arrivedPercent),
    figure('cut off', '', ({ closed }) => closed),
    figure('core of the server', '%', ({ corePercent }) => corePercent),
    figure('core of the viewers', '%', ({ crowdPercent }) => crowdPercent),
  ]
}

/** Round by round, how many times as much ours delivers. */
function besides({ contender, sockets, turns }: Measured, all: readonly Measured[]): Figure[] {
  const ours = all.find((each) => !each.contender.peer && each.sockets === sockets)
  if (!ours || !contender.peer) return []
  const rounds = Math.min(turns.length, ours.turns.length)
  const perCpuS = (of: readonly Turn[]) => of.slice(0, rounds).map((turn) => turn.perCpuS)
  const { median, least, most } = spreadOf(ratiosOf(perCpuS(ours.turns), perCpuS(turns)))
  return [
    {
      name: `ours against ${contender.name}, ${sockets} sockets`,
      value: tenths(median),
      unit: '×',
      range: [tenths(least), tenths(most)],
      ...(contender.name === 'centrifugo' && { bound: promisedTimes, ok: median >= promisedTimes }),
    },
  ]
}
