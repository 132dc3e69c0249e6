import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PlatformClient } from './client.js'
import { controlFile, type PartAction, partActions } from './control.js'
import { portBaseFrom } from './layout.js'
import { endOrphans } from './process.js'
import { nothingRuns, type PlatformStatus } from './status.js'
import { supervise } from './supervise.js'
import { addresses, statusTable } from './tables.js'

const root = resolve(import.meta.dirname, '../../..')
/** Another folder makes another platform of the same checkout. */
const stateDir = resolve(process.env['GALA_STATE_DIR'] ?? join(root, '.gala'))
const linkUsage =
  '   or: npm run part -- link <report|cut|cut-one-way|mend|reset|delay MS|lose PERCENT|drop PER_S> PLACE PLACE'
/** Says to whoever watches the log that everything works. */
const lastLine = 'Ctrl-C ends it.'
const say = (line: string) => process.stderr.write(`  ${line}\n`)
const print = (text: string) => process.stdout.write(`${text}\n`)

const commands: Record<string, (args: string[]) => Promise<number>> = { start, stop, status, part }

const [command = '', ...args] = process.argv.slice(2)
const run = commands[command]
try {
  process.exitCode = run ? await run(args) : 2
} catch (error) {
  process.stderr.write(`gala ${command}: ${(error as Error).message}\n`)
  process.exitCode = 1
}

async function start(flags: string[]): Promise<number> {
  const running = PlatformClient.find(stateDir)
  if (running) {
    const now = await running.status()
    print(addresses(now))
    if (flags.includes('--detach')) return now.ready ? 0 : 1
    throw new Error('it runs already, as above; npm stop ends it')
  }
  const kafka = flags.includes('--kafka')
  return flags.includes('--detach') ? detach(kafka) : foreground(kafka)
}

async function foreground(kafka: boolean): Promise<number> {
  const portBase = portBaseFrom(process.env['GALA_PORT_BASE'])
  const { platform, ended } = await supervise({ root, stateDir, portBase, say, kafka, ...linksFrom(process.env) })
  print(addresses(await platform.status()))
  print(lastLine)
  await ended
  return 0
}

/** How long the way between the data centres is, for whoever wants to see what that does. */
function linksFrom({ GALA_LINK_DELAY_MS: given }: NodeJS.ProcessEnv) {
  if (given === undefined) return {}
  const delayMs = Number(given)
  if (given !== '' && delayMs >= 0 && delayMs <= 1_000) return { links: { delayMs } }
  throw new Error(`GALA_LINK_DELAY_MS: must be a number from 0 to 1000, not ${given}`)
}

/** The same in the background: a supervisor of its own, watched until it is ready or has given up. */
async function detach(kafka: boolean): Promise<number> {
  portBaseFrom(process.env['GALA_PORT_BASE'])
  const logFile = join(stateDir, 'log', 'supervisor.log')
  mkdirSync(join(stateDir, 'log'), { recursive: true })
  const log = openSync(logFile, 'w')
  const child = spawn(process.execPath, [import.meta.filename, 'start', ...(kafka ? ['--kafka'] : [])], {
    stdio: ['ignore', log, log],
    detached: true,
    env: { ...process.env, GALA_DETACHED: '1' },
  })
  closeSync(log)
  let failed = false
  child.on('exit', () => {
    failed = true
  })
  const startedMs = performance.now()
  let shown = 0
  for (;;) {
    await new Promise((done) => setTimeout(done, 200))
    // Whole lines only: the last piece is empty, or still being written.
    const lines = readFileSync(logFile, 'utf8').split('\n').slice(0, -1)
    for (const line of lines.slice(shown)) if (line !== lastLine) process.stderr.write(`${line}\n`)
    shown = lines.length
    if (failed) throw new Error(`it did not start; the reason stands above and in ${logFile}`)
    if (lines.includes(lastLine)) break
    if (performance.now() - startedMs > 120_000) throw new Error(`it is not ready after two minutes; see ${logFile}`)
  }
  child.unref()
  print('It runs in the background; npm stop ends it.')
  return 0
}

async function stop(): Promise<number> {
  const running = PlatformClient.find(stateDir)
  if (running) {
    say('stopping')
    await running.stop()
  }
  const orphans = await endOrphans(join(stateDir, 'run'))
  rmSync(controlFile(stateDir), { force: true })
  if (orphans.length > 0) say(`ended what a crashed run left: ${orphans.join(', ')}`)
  print(running || orphans.length > 0 ? 'stopped; nothing is left running' : 'nothing is running')
  return 0
}

async function status(flags: string[]): Promise<number> {
  const running = PlatformClient.find(stateDir)
  const now: PlatformStatus | undefined = await running?.status()
  if (flags.includes('--json')) {
    print(JSON.stringify(now ?? nothingRuns))
    return 0
  }
  print(now ? statusTable(now) : 'nothing is running; npm start starts it')
  return now?.ready ? 0 : 1
}

async function part([action, name, ...more]: string[]): Promise<number> {
  const running = PlatformClient.connect(stateDir)
  if (action === 'link') return link(running, name, more)
  if (action === 'list') {
    print(statusTable(await running.status()))
    return 0
  }
  if (!name || !partActions.includes(action as PartAction)) {
    process.stderr.write(
      `usage: npm run part -- <${partActions.join('|')}> NAME, or: npm run part -- list\n${linkUsage}\n`,
    )
    return 2
  }
  await running.part(action as PartAction, name)
  print(`${name}: ${action} done`)
  return 0
}

async function link(running: PlatformClient, action: string | undefined, args: string[]): Promise<number> {
  const [b = '', a = '', amount] = args.toReversed()
  const hand = running.link(a, b)
  const number = amount === undefined ? Number.NaN : Number(amount)
  const plain: Record<string, () => Promise<unknown>> = {
    report: hand.report,
    cut: hand.cut,
    'cut-one-way': hand.cutOneWay,
    mend: hand.mend,
    reset: hand.reset,
  }
  const counted: Record<string, (amount: number) => Promise<unknown>> = {
    delay: hand.delay,
    lose: hand.lose,
    drop: hand.drop,
  }
  const act = number >= 0 ? counted[action ?? ''] : args.length === 2 ? plain[action ?? ''] : undefined
  if (!act || !b) {
    process.stderr.write(`usage: ${linkUsage.trim().replace('or: ', '')}\n`)
    return 2
  }
  print(JSON.stringify(await act(number)))
  return 0
}
