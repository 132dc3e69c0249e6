import { until } from '@gala/platform'
import { pause } from '../faults.js'
import { atMost, type Figure, told } from '../report.js'
import type { Rig } from '../rig.js'
import { Asking } from './asking.js'
import { type Book, readBooks } from './books.js'
import { Breaking, type Log, pipelineKills } from './breaking.js'
import type { KeptLines, LineCount } from './kept-lines.js'
import { report } from './players.js'

interface Plan {
  log: Log
  requests: number
  beacons: number
  events: readonly string[]
}

const minuteMs = 60_000
const ratePerS = 6_000
/** However few requests are asked for: who is killed needs its time to come back. */
const shortestMs = 150_000
/** A minute until a minute is over, and as long again until the lake has it; the rest is for a machine that is busy. */
const settledWithinMs = 300_000
const sayEveryMs = 10_000
/** The edge keeps lines back for a second. */
const flushedMs = 2_000

/** Everything that can be broken is, while requests and ping-backs go on; then every line is counted in each place it is to be in. */
export async function balance(rig: Rig, kept: KeptLines, plan: Plan, say: (line: string) => void): Promise<Figure[]> {
  const dcs = rig.status.dcs.map(({ id }) => id)
  const edges = rig.status.dcs.map(({ edge }) => edge)
  const fromMs = minuteOf(Date.now()) - 30 * minuteMs
  const startedMs = performance.now()
  const rate = Math.min(ratePerS, (plan.requests * 1_000) / shortestMs)
  const asking = new Asking({ edges, events: plan.events, requests: plan.requests, ratePerS: rate, seed: 20261122 })
  const timer = setInterval(() => {
    const { answered, refused, unanswered } = asking.now
    say(`${answered} requests answered, ${refused} of them refused, ${unanswered} not answered`)
  }, sayEveryMs)
  try {
    const breaking = new Breaking(rig, plan.log, say)
    const [asked, reported] = await Promise.all([
      asking.ended(),
      report({ edges, events: plan.events, beacons: plan.beacons }, () => asking.part),
      breaking.all(() => asking.part),
    ])
    clearInterval(timer)
    const tookS = (performance.now() - startedMs) / 1_000
    const toMs = minuteOf(Date.now()) + minuteMs
    say('everything has been asked; waiting until the minute is over')
    while (Date.now() < toMs + flushedMs) await pause(200)
    const lines = await kept.count(toMs)
    const untimed = [...lines.values()].reduce((sum, count) => sum + count.untimed, 0)
    const own = dcs.reduce((sum, dc) => sum + (lines.get(`${dc} requests`)?.own ?? 0), 0)
    const waitedMs = performance.now()
    const books = await settled(rig, lines, { fromMs, toMs }, say)
    return [
      told('requests asked for', asked.asked, ''),
      told('requests answered', asked.answered, ''),
      told('requests answered with 4xx or 5xx', asked.refused, ''),
      told('requests not answered', asked.unanswered, ''),
      atMost('answered, in no log of an edge', Math.max(0, asked.answered - own), '', 0),
      atMost('in a log of an edge, not asked for', Math.max(0, own - asked.asked), '', 0),
      told('ping-backs sent', reported.sent, ''),
      told('ping-backs acknowledged', reported.accepted, ''),
      atMost('ping-backs acknowledged, in no spool', Math.max(0, reported.accepted - written(lines, 'beacons')), '', 0),
      told('requests a second', asked.asked / tookS, ''),
      told('files of lines', kept.files, ''),
      told('times a pipeline was killed', breaking.made.pipelines, ''),
      told('times an event log was killed', breaking.made.logs, ''),
      told('times the writer was moved', breaking.made.moves, ''),
      atMost('kills that were not made', pipelineKills - breaking.made.pipelines, '', 0),
      atMost('lines without a time', untimed, '', 0),
      ...figuresOf(lines, books),
      told('settled after', (performance.now() - waitedMs) / 1_000, 's'),
    ]
  } finally {
    clearInterval(timer)
    asking.kill()
    await kept.stop()
  }
}

export const ownPrefix = (log: Log) => `pipeline-${log}-`
export const minuteOf = (ms: number) => ms - (ms % minuteMs)

const written = (lines: ReadonlyMap<string, LineCount>, topic: string) =>
  [...lines].reduce((sum, [key, count]) => sum + (key.endsWith(topic) ? count.lines : 0), 0)

const places = ['produced', 'shipped', 'rolled', 'landed', 'batch'] as const

/** What was seen last, whether it balances or not: figures say which does not. */
async function settled(
  rig: Rig,
  lines: ReadonlyMap<string, LineCount>,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  say: (line: string) => void,
): Promise<Map<string, Book>> {
  let seen = new Map<string, Book>()
  let why = ''
  const balanced = async () => {
    try {
      seen = await readBooks(rig, fromMs, toMs)
    } catch (error) {
      why = String(error)
      return false
    }
    const wrong = [...lines].flatMap(([key, { lines: count }]) =>
      places
        .filter((place) => seen.get(key)?.[place] !== count)
        .map((place) => `${key} ${place} ${seen.get(key)?.[place]} of ${count}`),
    )
    why = wrong.join(', ')
    return wrong.length === 0
  }
  await until(balanced, () => `the books do not balance: ${why}`, settledWithinMs, 1_000).catch((error: Error) =>
    say(error.message),
  )
  return seen
}

function figuresOf(lines: ReadonlyMap<string, LineCount>, books: ReadonlyMap<string, Book>): Figure[] {
  const figures: Figure[] = []
  let [apart, lost, torn, duplicates, malformed] = [0, 0, 0, 0, 0]
  for (const [key, { lines: count }] of lines) {
    const book = books.get(key)
    figures.push(told(`${key}: lines in files`, count, ''))
    for (const place of places) {
      const off = Math.abs((book?.[place] ?? 0) - count)
      figures.push(atMost(`${key}: lines in files, less ${place}`, off, '', 0))
    }
    apart += Math.abs((book?.rolled ?? 0) - (book?.batch ?? 0))
    lost += book?.lost ?? 0
    torn += book?.torn ?? 0
    duplicates += book?.duplicates ?? 0
    malformed += book?.malformed ?? 0
  }
  return [
    ...figures,
    atMost('stream against batch, after the close', apart, '', 0),
    atMost('lost', lost, '', 0),
    told('torn', torn, ''),
    told('malformed', malformed, ''),
    told('duplicates cut off', duplicates, ''),
  ]
}
