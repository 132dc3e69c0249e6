import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { endOrphans, freePorts, PlatformClient, supervise } from '@gala/platform'
import { cacheDrill } from './cache.drill.js'
import { herdDrill } from './herd.drill.js'
import { outageDrill } from './outage.drill.js'
import { overloadDrill } from './overload.drill.js'
import { redisDrill } from './redis.drill.js'
import { print } from './report.js'
import type { Drill } from './rig.js'

const root = resolve(import.meta.dirname, '../../..')
const stateDir = join(root, '.gala/drill')
const drills: Record<string, Drill> = {
  cache: cacheDrill,
  redis: redisDrill,
  outage: outageDrill,
  herd: herdDrill,
  overload: overloadDrill,
}
const list = Object.entries(drills).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`)
const usage = `usage: npm run drill -- NAME [--json]\n\n${list.join('\n')}\n`

const [name = '', ...flags] = process.argv.slice(2)
const drill = Object.hasOwn(drills, name) ? drills[name] : undefined
if (!drill || flags.some((flag) => flag !== '--json')) {
  process.stderr.write(usage)
  process.exit(name === '--help' ? 0 : 2)
}

const startedMs = performance.now()
const say = (line: string) =>
  process.stderr.write(`  ${String(Math.round((performance.now() - startedMs) / 1000)).padStart(3)} s  ${line}\n`)
await endOrphans(join(stateDir, 'run'))
await rm(stateDir, { recursive: true, force: true })
say('starting a platform of its own')
const portBase = await freePorts()
const { sizes, envOf = {} } = drill
const { platform } = await supervise({ root, stateDir, portBase, sizes: { hot: 0, ...sizes }, envOf, streams: [] })
try {
  const client = PlatformClient.connect(stateDir)
  const figures = await drill.run({ client, status: await client.status(), stateDir }, say)
  const durationS = Math.round((performance.now() - startedMs) / 1000)
  process.exitCode = print(name, figures, durationS, flags.includes('--json')) ? 0 : 1
} finally {
  await platform.stop()
}
process.exit()
