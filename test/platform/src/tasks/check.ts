import { runChecks } from './checks.js'

const { passed, failed, skipped } = await runChecks()
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exitCode = failed > 0 ? 1 : 0
