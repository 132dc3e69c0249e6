import type { Figure } from '../report.js'
import type { Bar } from './chart.js'
import { hitsLeast } from './copies.js'
import type { ContenderName } from './options.js'
import { connectionCounts, type Measured, type Turn } from './rounds.js'
import { hundredths, ratiosOf, spreadOf } from './statistics.js'

/** Of a thousand: a process that was not given its core for a moment may have to refuse a few. */
const failedMost = 1

type All = ReadonlyMap<ContenderName, Measured>

/** Who is to be how many times as cheap as whom. */
const promises: { one: ContenderName; other: ContenderName; least: number }[] = [
  { one: 'ours', other: 'node', least: 0.95 },
  { one: 'ours', other: 'nest-express', least: 3 },
  { one: 'ours-raw', other: 'nginx-cache', least: 1 },
  { one: 'edge', other: 'nginx-cache', least: 0.95 },
]

export function figuresOf(all: All): Figure[] {
  const each = [...all.values()].flatMap(ownFigures)
  const held = connectionCounts.flatMap((count) => promises.flatMap((promise) => ratioFigure(all, count, promise)))
  return [...each, ...held]
}

function ownFigures({ contender: { name, peer }, turns, rssBytes, hitPercent }: Measured): Figure[] {
  const who = peer ? { peer: name } : {}
  const rates = connectionCounts.map((count): Figure => {
    const { median, least, most } = spreadOf(perCpuS(turns[count]))
    const range: [number, number] = [Math.round(least), Math.round(most)]
    return { name: `http-${name}-c${count}`, value: Math.round(median), unit: '/CPU-s', range, ...who }
  })
  const [first] = connectionCounts
  const middle = (of: (turn: Turn) => number) => spreadOf((turns[first] ?? []).map(of)).median
  const bytes = middle(({ bytesPerAnswer }) => bytesPerAnswer)
  const others = middle(({ othersUs }) => othersUs)
  const core = middle(({ corePercent }) => corePercent)
  return [
    ...rates,
    { name: `http-${name}-memory`, value: Math.round(rssBytes / 2 ** 20), unit: 'MiB', ...who },
    { name: `http-${name}-bytes`, value: Math.round(bytes), unit: 'bytes/answer', ...who },
    { name: `http-${name}-core`, value: Math.round(core), unit: '%', ...who },
    failedFigure(name, Object.values(turns).flat(), who),
    ...(hitPercent === undefined
      ? []
      : [
          { name: 'http-ours-behind', value: hundredths(others), unit: 'µs/answer' },
          {
            name: 'http-ours-hits',
            value: hundredths(hitPercent),
            unit: '%',
            bound: hitsLeast,
            ok: hitPercent >= hitsLeast,
          },
        ]),
  ]
}

/** Of a thousand requests; what was refused is not counted as an answer anywhere else. */
function failedFigure(name: string, turns: readonly Turn[], who: { peer?: string }): Figure {
  const sum = (of: (turn: Turn) => number) => turns.reduce((all, turn) => all + of(turn), 0)
  const failed = sum((turn) => turn.failed)
  const part = (1_000 * failed) / (failed + sum((turn) => turn.requests))
  return {
    name: `http-${name}-failed`,
    value: hundredths(part),
    unit: '‰',
    bound: failedMost,
    ok: part <= failedMost,
    ...who,
  }
}

/** The median of what each round came to; nothing when one of them was not measured. */
function ratioFigure(all: All, count: number, { one, other, least }: (typeof promises)[number]): Figure[] {
  const [a, b] = [all.get(one), all.get(other)]
  if (!a || !b) return []
  const ratio = spreadOf(ratiosOf(perCpuS(a.turns[count]), perCpuS(b.turns[count])))
  const range: [number, number] = [hundredths(ratio.least), hundredths(ratio.most)]
  const held = { bound: least, ok: ratio.median >= least, peer: other }
  return [{ name: `http-${one}-vs-${other}-c${count}`, value: hundredths(ratio.median), unit: '×', range, ...held }]
}

/** What ours answers in a second when it has a core to itself. */
export function capacityOf(all: All): number {
  const turns = all.get('ours')?.turns[connectionCounts[0]] ?? []
  return spreadOf(turns.map(({ perS }) => perS)).median
}

export function barsOf(all: All): Bar[] {
  return [...all.values()].map(({ contender: { title, peer }, turns }) => {
    const { median: value, least, most } = spreadOf(perCpuS(turns[connectionCounts[0]]))
    return { title, value, least, most, own: !peer }
  })
}

const perCpuS = (turns: readonly Turn[] = []) => turns.map((turn) => turn.perCpuS)
