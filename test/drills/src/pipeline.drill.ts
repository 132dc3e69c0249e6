import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { dcIdsOf, endOrphans, freePorts, PlatformClient, supervise } from '@gala/platform'
import { operator, writeEvents } from './edits.js'
import { abuse } from './pipeline/abuse.js'
import { backlog, crowds } from './pipeline/backlog.js'
import { balance, ownPrefix } from './pipeline/balance.js'
import { type Log, logs } from './pipeline/breaking.js'
import { freshness } from './pipeline/freshness.js'
import { KeptLines } from './pipeline/kept-lines.js'
import { atMost, type Figure } from './report.js'
import type { BareDrill, Rig } from './rig.js'

const requestsDefault = 1_000_000
/** Of a thousand, so many are ping-backs. */
const beaconsShare = 0.04
const eventsCount = 20
const freshS = 60
const backlogMax = 200_000
const viewersMax = 500_000
/** Small, so that many files come and go while everything else breaks. */
const edgeLogBytes = 1_048_576
const graceMs = 10_000

type Say = (line: string) => void

export const pipelineDrill: BareDrill = {
  about:
    'a million requests and ping-backs, counted from their lines to the panes while event log, pipelines and writer break',
  requests: requestsDefault,
  parts: logs,
  run: async (root, stateDir, say, { requests, only }) => {
    const figures: Figure[] = []
    const chosen = logs.filter((log) => only.includes(log))
    for (const log of chosen) {
      say(`— ${log}`)
      const dir = join(stateDir, log)
      // What does not depend on the event log is seen once.
      figures.push(
        ...(await withPlatform(root, dir, log, say, (rig) => measured(rig, log, requests, log === chosen[0], say))),
      )
    }
    return figures
  },
}

async function measured(rig: Rig, log: Log, requests: number, alone: boolean, say: Say): Promise<Figure[]> {
  // From the first line on: the books know of all of them.
  const dcs = rig.status.dcs.map(({ id }) => id)
  const kept = await KeptLines.of(rig.stateDir, dcs, `/v1/events/${ownPrefix(log)}`)
  const base = operator(rig.status.dcs[0]?.base[0] ?? '', await rig.client.token('admin', 3_600, 'drill'))
  const events = await writeEvents(rig, ownPrefix(log).slice(0, -1), eventsCount)
  const [fresh = ''] = await writeEvents(rig, `fresh-${log}`, 1)
  const beacons = Math.round(requests * beaconsShare)
  const part = requests / requestsDefault
  const figures: Figure[] = []
  /** What one part cannot measure is told, and leaves the figures of the others. */
  const add = async (what: string, name: string, work: () => Promise<Figure[]>) => {
    say(what)
    const made = await work().catch((error: Error) => {
      say(`${what}: ${error.message}`)
      return [atMost(`${what}: could not be measured`, 1, '', 0)]
    })
    for (const figure of made) {
      const { value, unit, ok } = figure
      // A run is long: what was seen before it is ended is not to be lost.
      say(`${ok === false ? '✗ ' : ''}${name}: ${figure.name}: ${value} ${unit}`)
      figures.push({ ...figure, name: `${name}: ${figure.name}` })
    }
  }
  const freshForS = Math.max(20, Math.round(freshS * Math.min(1, 10 * part)))
  const scaled = (most: number, least: number) => Math.max(least, Math.round(most * Math.min(1, part)))
  await add('in health', log, () => freshness(rig, base, fresh, freshForS))
  await add('everything breaks', log, () =>
    balance(rig, kept, { log, requests: requests - beacons, beacons, events }, say),
  )
  await rig.client.healed()
  await add('a backlog', log, () => backlog(rig, base, log, scaled(backlogMax, 20_000)))
  if (!alone) return figures
  await rig.client.healed()
  await add('a crowd', 'crowd', () => crowds(rig, base, scaled(viewersMax, 10_000)))
  const status = await rig.client.status()
  await add('abuse', 'abuse', () => abuse({ ...rig, status }, events[0] ?? '', say))
  return figures
}

/** A platform whose event log is that one, for as long as the work takes. */
async function withPlatform(root: string, stateDir: string, log: Log, say: Say, work: (rig: Rig) => Promise<Figure[]>) {
  await endOrphans(join(stateDir, 'run'))
  await rm(stateDir, { recursive: true, force: true })
  say('starting a platform of its own')
  const envOf = Object.fromEntries(
    dcIdsOf().flatMap((dc) => [
      [`${dc}.base-1`, { GALA_RULES: 'dry-run' }],
      [
        `${dc}.pipeline-1`,
        {
          GALA_EDGE_LOG_BYTES: String(edgeLogBytes),
          GALA_PANE_GRACE_MS: String(graceMs),
          GALA_LAKE_LOAD_EVERY_MS: '1000',
        },
      ],
    ]),
  )
  const { platform, ended } = await supervise({
    ...{ root, stateDir, envOf, portBase: await freePorts(), sizes: { hot: 0 }, streams: [] },
    kafka: log === 'kafka',
  })
  try {
    const client = PlatformClient.connect(stateDir)
    const nothing = { proxies: [], requests: 0, seconds: 0, peer: false, only: [], viewers: undefined }
    const running = work({ client, status: await client.status(), stateDir, ...nothing })
    return await Promise.race([running, ended.then(() => process.exit(1))])
  } finally {
    await platform.stop()
  }
}
