import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformClient } from '../client.js'
import { dcIdsOf } from '../layout.js'
import { freePorts } from '../ports.js'
import { endOrphans } from '../process.js'
import { supervise } from '../supervise.js'
import { runChecks } from './checks.js'
import { startEventLogs } from './event-logs.js'
import { startRedisSets } from './redis-sets.js'
import { type Counts, jest, root, sum } from './run-task.js'

const stateDir = join(root, '.gala', 'test')
const testTimeoutMs = 180_000

const dcIds = dcIdsOf()

/**
 * A machine this busy is reason enough for many a rule, and may let base stand still for seconds: here rules act only for a suite
 * that asks for it, and the writer is not taken for lost as soon.
 */
const patient = Object.fromEntries(
  dcIds.map((dc) => [`${dc}.base-1`, { GALA_RULES: 'dry-run', GALA_WRITER_LEASE_MS: '5000' }]),
)

/** With names, only the scenarios and real-part tests whose file matches one; without, everything. */
const only = process.argv.slice(2)
const total = sum(only.length > 0 ? [await onRealParts()] : [await runChecks(), await onRealParts()])
const { passed, failed, skipped } = total
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exit(failed > 0 ? 1 : 0)

/** One platform with fresh data for all suites, one after the other: they pull its plugs. */
async function onRealParts(): Promise<Counts> {
  await endOrphans(join(stateDir, 'run'))
  for (const name of [...dcIds, 'log', 'run']) await rm(join(stateDir, name), { recursive: true, force: true })
  process.stderr.write('  starting the platform for the suites\n')
  const portBase = await freePorts()
  const { platform } = await supervise({ root, stateDir, portBase, envOf: patient })
  const client = PlatformClient.connect(stateDir)
  const scope = await client.scope()
  const [sets, logs] = await Promise.all([
    startRedisSets(stateDir, portBase + 300),
    startEventLogs(root, stateDir, portBase + 340),
  ])
  try {
    const env = {
      GALA_TEST_STATE_DIR: stateDir,
      GALA_TEST_MYSQL_URL: scope.mysqlUrl,
      GALA_TEST_REDIS_URL: scope.redisUrl,
      ...sets.env,
      ...logs.env,
      GALA_TEST_PORT_BASE: String(portBase + 1_000),
    }
    // A suite that failed may have left a reader or a browser that would keep the process for ever.
    const args = ['--runInBand', '--forceExit', `--testTimeout=${testTimeoutMs}`, ...only]
    return await jest(['real', 'scenarios'], args, env)
  } finally {
    await Promise.all([sets.stop(), logs.stop()])
    // Whatever a suite has left behind, nothing may be left running.
    await client.healed().catch(() => {})
    await scope.drop().catch(() => {})
    await platform.stop()
  }
}
