import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from '../report.js'
import { startAccess } from './access.js'
import { startStub } from './catalogue.js'
import { cpuS } from './processes.js'
import type { Rig } from './rig.js'
import { hundredths, ratiosOf, rotated, spreadOf } from './statistics.js'
import { wrk } from './wrk.js'

const turnS = 4
/** More addresses than are asked for in a turn: each is asked for once, and has to be got from the application. */
const missesMax = 65_536
/** As many as may be loaded at a time without being refused. */
const connectionsOf = { hit: 64, miss: 16 }
type Kind = keyof typeof connectionsOf
const kinds = ['hit', 'miss'] as const
/** Of what is answered without tracing, at least so much is to be answered with it. */
const leastRatio = 0.95

interface Server {
  name: 'traced' | 'untraced'
  url: string
  pid: number
  perCpuS: Record<Kind, number[]>
}

/** What tracing costs: two access processes that differ in nothing else, by turns, on what is in memory and on what is not. */
export async function tracingFigures(rig: Rig, rounds: number, say: (line: string) => void): Promise<Figure[]> {
  const applicationUrl = await startStub(rig)
  const start = async (name: Server['name'], oneIn: number): Promise<Server> => {
    const env = { GALA_TRACE_ONE_IN: String(oneIn), GALA_SPOOL_DIR: join(rig.dir, 'spool') }
    const access = await startAccess(rig, { instance: `dc-a.${name}`, applicationUrl, ...env })
    return { name, ...access, perCpuS: { hit: [], miss: [] } }
  }
  const servers = [await start('untraced', 0), await start('traced', 1_000)]
  let turn = 0
  const take = async (server: Server, kind: Kind) => answersPerCpuS(server, kind, turn++, rig)
  // Once without counting, so that both have compiled their code.
  for (const kind of kinds) for (const server of servers) await take(server, kind)
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds)
      for (const server of rotated(servers, round)) server.perCpuS[kind].push(await take(server, kind))
    const told = servers.map(
      ({ name, perCpuS }) => `${name} ${kinds.map((kind) => Math.round(perCpuS[kind].at(-1) ?? 0))}`,
    )
    say(`round ${round + 1} of ${rounds}, answers per CPU-second, hits and misses: ${told.join(', ')}`)
  }
  const [untraced, traced] = servers
  return kinds.flatMap((kind) => [
    ...servers.map(({ name, perCpuS }) => ownFigure(`http-${name}-${kind}`, perCpuS[kind])),
    ...(untraced && traced ? [ratioFigure(kind, traced, untraced)] : []),
  ])
}

async function answersPerCpuS({ url, pid }: Server, kind: Kind, turn: number, rig: Rig): Promise<number> {
  const order = { url: url + rig.document.path, connections: connectionsOf[kind], durationS: turnS }
  const addressesFile = kind === 'miss' ? addressesOf(turn, rig) : undefined
  const before = cpuS([pid])
  const { requests } = await wrk(rig.wrkScript, addressesFile === undefined ? order : { ...order, addressesFile })
  return requests / (cpuS([pid]) - before)
}

/** Of events nobody has asked for before. */
function addressesOf(turn: number, rig: Rig): string {
  const file = join(rig.dir, 'misses')
  const paths = Array.from({ length: missesMax }, (_, i) => `/v1/events/new-${turn}-${i}`)
  writeFileSync(file, paths.join('\n'))
  return file
}

function ownFigure(name: string, values: readonly number[]): Figure {
  const { median, least, most } = spreadOf(values)
  return { name, value: Math.round(median), unit: '/CPU-s', range: [Math.round(least), Math.round(most)] }
}

function ratioFigure(kind: Kind, traced: Server, untraced: Server): Figure {
  const { median, least, most } = spreadOf(ratiosOf(traced.perCpuS[kind], untraced.perCpuS[kind]))
  const range: [number, number] = [hundredths(least), hundredths(most)]
  const name = `http-traced-vs-untraced-${kind}`
  return { name, value: hundredths(median), unit: '×', range, bound: leastRatio, ok: median >= leastRatio }
}
