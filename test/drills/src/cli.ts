import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { dcIdsOf, endOrphans, freePorts, PlatformClient, portsOf, sizesOf, supervise } from '@gala/platform'
import { alertsDrill } from './alerts.drill.js'
import { breakerDrill } from './breaker.drill.js'
import { cacheDrill } from './cache.drill.js'
import { dcLossDrill } from './dc-loss.drill.js'
import { escrowDrill } from './escrow.drill.js'
import { FaultProxy } from './fault-proxy.js'
import { flipDrill } from './flip.drill.js'
import { herdDrill } from './herd.drill.js'
import { jobsDrill } from './jobs.drill.js'
import { mixedDrill } from './mixed.drill.js'
import { nightDrill } from './night.drill.js'
import { outageDrill } from './outage.drill.js'
import { overloadDrill } from './overload.drill.js'
import { partitionDrill } from './partition.drill.js'
import { pipelineDrill } from './pipeline.drill.js'
import { redisDrill } from './redis.drill.js'
import { print } from './report.js'
import type { BareDrill, Drill } from './rig.js'
import { rollingDrill } from './rolling.drill.js'
import { rollupsDrill } from './rollups.drill.js'
import { roomsDrill } from './rooms.drill.js'
import { rulesDrill } from './rules.drill.js'
import { switchDrill } from './switch.drill.js'

const dcIds = dcIdsOf()
const root = resolve(import.meta.dirname, '../../..')
const stateDir = join(root, '.gala/drill')
const drills: Record<string, Drill> = {
  cache: cacheDrill,
  redis: redisDrill,
  outage: outageDrill,
  herd: herdDrill,
  overload: overloadDrill,
  mixed: mixedDrill,
  breaker: breakerDrill,
  flip: flipDrill,
  switch: switchDrill,
  rules: rulesDrill,
  'dc-loss': dcLossDrill,
  partition: partitionDrill,
  rolling: rollingDrill,
  escrow: escrowDrill,
  night: nightDrill,
  jobs: jobsDrill,
  rooms: roomsDrill,
  alerts: alertsDrill,
}
/** These start what they need themselves. */
const bare: Record<string, BareDrill> = {
  rollups: {
    about: 'the roll-ups of the lake, on DuckDB and on Spark with Hive, over the same million rows',
    run: rollupsDrill,
  },
  pipeline: pipelineDrill,
}
const list = Object.entries({ ...drills, ...bare }).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`)
const usage = `usage: npm run drill -- NAME [--json] [--requests N, with night and pipeline] [--seconds N, with jobs and mixed]
       [--no-peer, with jobs] [--only PART,PART, with mixed, rooms, alerts and pipeline] [--viewers N, with rooms]

${list.join('\n')}
`

interface Given {
  json?: boolean
  requests?: string
  seconds?: string
  'no-peer'?: boolean
  only?: string
  viewers?: string
}

const [name = '', ...flags] = process.argv.slice(2)
const startedMs = performance.now()
const say = (line: string) =>
  process.stderr.write(`  ${String(Math.round((performance.now() - startedMs) / 1000)).padStart(3)} s  ${line}\n`)
const alone = Object.hasOwn(bare, name) ? bare[name] : undefined
const drill = Object.hasOwn(drills, name) ? drills[name] : undefined
const known = alone ?? drill
const given = flagsOf(flags)
if (!known || !given || !suits(given, known)) {
  process.stderr.write(usage)
  process.exit(name === '--help' ? 0 : 2)
}
const requests = Number(given.requests ?? known.requests ?? 0)
const only = given.only?.split(',') ?? known.parts ?? []
if (alone) {
  const figures = await alone.run(root, join(stateDir, name), say, { requests, only })
  const durationS = Math.round((performance.now() - startedMs) / 1000)
  process.exit(print(name, figures, durationS, given.json === true) ? 0 : 1)
}
if (!drill) throw new Error(`there is no drill ${name}`)
const seconds = Number(given.seconds ?? drill.seconds ?? 0)
const viewers = given.viewers === undefined ? undefined : Number(given.viewers)
const peer = drill.peer === true && given['no-peer'] !== true

await endOrphans(join(stateDir, 'run'))
await rm(stateDir, { recursive: true, force: true })
say('starting a platform of its own')
const portBase = await freePorts()
// A pool for what is hot is nothing a drill needs, unless it says so.
const sizes = { hot: 0, ...drill.sizes }
const proxies = drill.proxied ? await inFront(portBase, sizes) : []
const applicationVia = Object.fromEntries(proxies.map(({ url }, i) => [dcIds[i], [url]]))
/** What a drill breaks must be seen as it is: rules act only in one that is about them. */
const rules = Object.fromEntries(
  dcIds.flatMap((dc) =>
    Array.from({ length: drill.sizes.base ?? 1 }, (_, i) => [
      `${dc}.base-${i + 1}`,
      { GALA_RULES: drill.rules ?? 'dry-run' },
    ]),
  ),
)
const own = typeof drill.envOf === 'function' ? await drill.envOf({ portBase, stateDir }) : drill.envOf
const envOf = Object.fromEntries(
  Object.keys({ ...rules, ...own }).map((part) => [part, { ...rules[part], ...own?.[part] }]),
)
const links = drill.links && { links: drill.links }
const { platform, ended } = await supervise({
  root,
  stateDir,
  portBase,
  sizes,
  envOf,
  streams: [],
  applicationVia,
  ...links,
})
try {
  const client = PlatformClient.connect(stateDir)
  const running = drill.run(
    { client, status: await client.status(), stateDir, proxies, requests, seconds, peer, only, viewers },
    say,
  )
  // What is told to end has no platform any more, and would ask it until its time is over.
  const figures = await Promise.race([running, ended.then(() => process.exit(1))])
  const durationS = Math.round((performance.now() - startedMs) / 1000)
  process.exitCode = print(name, figures, durationS, given.json === true) ? 0 : 1
} finally {
  await platform.stop()
  await Promise.all(proxies.map((proxy) => proxy.close()))
}
process.exit()

/** Undefined when something is among them that no drill knows. */
function flagsOf(args: string[]): Given | undefined {
  try {
    const flag = { type: 'boolean' } as const
    const text = { type: 'string' } as const
    const options = { json: flag, 'no-peer': flag, requests: text, seconds: text, only: text, viewers: text }
    return parseArgs({ args, options }).values
  } catch {
    return undefined
  }
}

/** What only some drills know is given to none but these. */
function suits(
  { requests, seconds, 'no-peer': noPeer, only, viewers }: Given,
  drill: Partial<Pick<Drill, 'parts' | 'requests' | 'seconds' | 'peer'>>,
): boolean {
  const parts = only === undefined || only.split(',').every((part) => drill.parts?.includes(part))
  if (!parts || !number(viewers, drill.parts?.length)) return false
  return number(requests, drill.requests) && number(seconds, drill.seconds) && (!noPeer || drill.peer === true)
}

function number(text: string | undefined, usual: number | undefined) {
  return text === undefined || (usual !== undefined && Number(text) > 0)
}

/** Ports below everybody's temporary ones: while a proxy is dead, nobody else may be given its port. */
function inFront(portBase: number, sizes: Drill['sizes']): Promise<FaultProxy[]> {
  return Promise.all(
    dcIds.map((_, i) => {
      const [application] = portsOf(portBase, i, sizesOf(sizes)).application
      return FaultProxy.open(portBase + 50 + i, `http://127.0.0.1:${application}`)
    }),
  )
}
