import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { seededRandom } from '@gala/kernel/testing'
import type { Figure } from '../report.js'
import { startAccess } from './access.js'
import { type Copies, copiesOf, hitPercent, hitsLeast } from './copies.js'
import { ask, pairsOf } from './document.js'
import { cpuS, loadCore, rssBytes, spawnOn } from './processes.js'
import type { Rig } from './rig.js'
import { hundredths, ratiosOf, rotated, spreadOf, tenths, zipfDraws } from './statistics.js'
import type { Pattern } from './stub-application.js'
import { wrk } from './wrk.js'

const sizes = [10, 1_000, 100_000] as const
/** Asked in this order, again and again: some 19,000 different ones of 100,000. */
const draws = 65_536
const connections = 64
const turnS = 3
const rounds = 3
const seed = 20_261_122
const ratioMost = 1.2
/** As many as may be loaded at a time without being refused. */
const loadersMax = 16
const triesMax = 20

/** An access process that has so many events in memory. */
interface Hall {
  size: number
  url: string
  pid: number
  addressesFile: string
  paths: string[]
  turns: Turn[]
}

interface Turn {
  /** Processor time of an answer. */
  costUs: number
  looks: readonly [before: Copies, after: Copies]
}

/** What a hit costs when there are many events to find it among: as many access processes as sizes, asked by turns. */
export async function catalogueFigures(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const stub = await startStub(rig)
  const halls: Hall[] = []
  for (const size of sizes) {
    const hall = await openHall(size, stub, rig)
    halls.push(hall)
    const startedMs = performance.now()
    await askAll(
      hall.url,
      Array.from({ length: size }, (_, i) => pathOf(i)),
    )
    say(`${size} events in memory after ${Math.round((performance.now() - startedMs) / 1_000)} s`)
  }
  // Once without counting, so that all have compiled their code.
  for (const hall of halls) await takeTurn(hall, rig)
  for (let round = 0; round < rounds; round++) {
    for (const hall of rotated(halls, round)) hall.turns.push(await takeTurn(hall, rig))
  }
  return halls.flatMap((hall) => figuresOf(hall, halls[0] ?? hall))
}

async function takeTurn({ url, pid, addressesFile, paths }: Hall, rig: Rig): Promise<Turn> {
  // A copy is believed for a minute: what is to be asked for is made anew where that is over.
  await askAll(url, [...new Set(paths)])
  const before = await copiesOf(url)
  const cpuBeforeS = cpuS([pid])
  const { requests } = await wrk(rig.wrkScript, { url, connections, durationS: turnS, addressesFile })
  const costUs = ((cpuS([pid]) - cpuBeforeS) / requests) * 1e6
  return { costUs, looks: [before, await copiesOf(url)] }
}

function figuresOf({ size, pid, turns }: Hall, smallest: Hall): Figure[] {
  const costs = turns.map(({ costUs }) => costUs)
  const cost = spreadOf(costs)
  const percent = hitPercent(turns.map(({ looks }) => looks))
  const copiesBytes = turns.at(-1)?.looks[1].bytes ?? 0
  const name = `http-catalogue-${size}`
  return [
    { name, value: tenths(cost.median), unit: 'µs', range: [tenths(cost.least), tenths(cost.most)] },
    { name: `${name}-hits`, value: hundredths(percent), unit: '%', bound: hitsLeast, ok: percent >= hitsLeast },
    { name: `${name}-memory`, value: Math.round(rssBytes([pid]) / 2 ** 20), unit: 'MiB' },
    { name: `${name}-copies`, value: tenths(copiesBytes / 2 ** 20), unit: 'MiB' },
    ...(size === smallest.size ? [] : [ratioFigure(`${name}-vs-${smallest.size}`, costs, smallest)]),
  ]
}

function ratioFigure(name: string, costs: readonly number[], smallest: Hall): Figure {
  const against = smallest.turns.map(({ costUs }) => costUs)
  const { median, least, most } = spreadOf(ratiosOf(costs, against))
  const range: [number, number] = [hundredths(least), hundredths(most)]
  return { name, value: hundredths(median), unit: '×', range, bound: ratioMost, ok: median <= ratioMost }
}

/** Neighbours by popularity are no neighbours in memory: 7,919 has no divisor in common with any size. */
const pathOf = (index: number) => `/v1/events/gala-${String(index).padStart(6, '0')}`
const scattered = (rank: number, size: number) => (rank * 7_919) % size

async function openHall(size: number, stubUrl: string, rig: Rig): Promise<Hall> {
  const { url, pid } = await startAccess(rig, { instance: `dc-a.access-of-${size}`, applicationUrl: stubUrl })
  const paths = zipfDraws(size, draws, seededRandom(seed)).map((rank) => pathOf(scattered(rank, size)))
  const addressesFile = join(rig.dir, `addresses-${size}`)
  writeFileSync(addressesFile, paths.join('\n'))
  return { size, url, pid, addressesFile, paths, turns: [] }
}

/** An application beside the load that has all events there can be; it answers as the real one has answered the bench's. */
export async function startStub({ applicationUrl, document }: Rig): Promise<string> {
  const { headers, body } = await ask(applicationUrl + document.path)
  const kept = pairsOf(headers).filter(([name]) => /^(content-type|content-length|x-gala-)/.test(name))
  const id = document.path.slice(document.path.lastIndexOf('/') + 1)
  const told = kept.filter(([name]) => name !== 'content-length' && name !== 'x-gala-as-of')
  const pattern: Pattern = { id, body, headers: Object.fromEntries(told) }
  const child = spawnOn(loadCore, process.execPath, [join(import.meta.dirname, 'stub-application.js')])
  child.stdin.write(`${JSON.stringify(pattern)}\n`)
  const port = await new Promise<string>((done) => child.stdout.once('data', (text: Buffer) => done(text.toString())))
  return `http://127.0.0.1:${port.trim()}`
}

/** Asks for each until it is answered well. */
async function askAll(url: string, paths: readonly string[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: loadersMax })
  const left = paths.values()
  const work = async () => {
    for (const path of left) {
      let status = 0
      for (let tries = 0; tries < triesMax && status !== 200; tries++) status = await statusOf(url + path, agent)
      if (status !== 200) throw new Error(`${path} is answered with ${status}`)
    }
  }
  await Promise.all(Array.from({ length: loadersMax }, work))
  agent.destroy()
}

const statusOf = (url: string, agent: Agent) =>
  new Promise<number>((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    }).on('error', reject)
  })
