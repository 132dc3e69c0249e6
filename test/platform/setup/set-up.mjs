import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fetchKafka } from './kafka.mjs'
import { withLock } from './lock.mjs'
import { installPackages } from './packages.mjs'
import { runLogged, step } from './steps.mjs'
import { pinnedNode, pnpmProgram, root, stateDir, toolPath } from './toolchain.mjs'

/**
 * Brings this checkout to where `goal` can run: 'build', 'check' (with what reads the alerts), 'run' (with the distribution's programs),
 * 'test' (and a browser, and Kafka), 'kafka', 'load' (and who asks) or 'watch' (and who raises alerts).
 */
export async function setUp(goal) {
  mkdirSync(stateDir, { recursive: true })
  await withLock(async () => {
    await installWorkspace()
    if (goal !== 'build') await installPackages(goal)
    if (goal === 'kafka' || goal === 'test') await fetchKafka()
    await build(goal !== 'build' && goal !== 'check')
  })
}

async function installWorkspace() {
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()]
  await once('workspace', inputs, async () => {
    await step('fetching pnpm', 'look at the network, then run the command again', fetchPnpm)
    await step('installing the workspace’s packages', 'look at the network, then run the command again', () =>
      runLogged('install', pnpmProgram(), ['install', '--frozen-lockfile'], { cwd: root, env: pnpmEnv() }),
    )
  })
}

/** pnpm at the exact version and content of the committed lockfile. */
async function fetchPnpm() {
  const from = join(root, 'test/platform/setup/toolchain')
  const to = join(stateDir, 'toolchain')
  const inputs = ['test/platform/setup/toolchain/package-lock.json']
  await once('toolchain', inputs, async () => {
    mkdirSync(to, { recursive: true })
    for (const name of ['package.json', 'package-lock.json']) cpSync(join(from, name), join(to, name))
    await runLogged('toolchain', 'npm', ['ci', '--no-audit', '--no-fund'], { cwd: to })
  })
}

/** `npm run` exports npm's own settings; only the registry is meant for pnpm too. */
const pnpmEnv = () => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_registry$)/i.test(name))),
  CI: 'true',
})

async function build(withPages) {
  const env = { ...process.env, PATH: toolPath() }
  await step('compiling', 'mend what the compiler says, then run the command again', () =>
    runLogged('compile', pinnedNode(), [join(root, 'node_modules/typescript/bin/tsc'), '-b'], { cwd: root, env }),
  )
  if (!withPages) return
  const sources = ['apps/web', 'libs/contracts/src', 'libs/sdk/src'].flatMap((dir) => filesUnder(join(root, dir)))
  await once('pages', [...sources, 'pnpm-lock.yaml'], () =>
    step('building the pages', 'mend what vite says, then run the command again', () =>
      runLogged('pages', pnpmProgram(), ['--filter', '@gala/web', 'run', 'build'], {
        cwd: root,
        env: { ...pnpmEnv(), PATH: toolPath() },
      }),
    ),
  )
}

/** Runs `work` unless it has been done for exactly these files. */
async function once(name, files, work) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  const done = hash.digest('hex')
  const stamp = join(stateDir, 'stamps', name)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === done && existsSync(join(root, 'node_modules'))) return
  await work()
  mkdirSync(join(stateDir, 'stamps'), { recursive: true })
  writeFileSync(stamp, done)
}

function manifests() {
  return ['apps', 'libs', 'test'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => join(group, name, 'package.json'))
      .filter((file) => existsSync(join(root, file))),
  )
}

function filesUnder(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return []
    const path = join(dir, entry.name)
    return entry.isDirectory() ? filesUnder(path) : [relative(root, path)]
  })
}
