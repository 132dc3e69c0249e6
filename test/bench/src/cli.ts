import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, listening, program, until } from '@gala/platform'
import { cacheBench } from './cache.bench.js'
import { print } from './report.js'

const benches = { cache: cacheBench }
const usage =
  'usage: npm run bench -- NAME [--json]\n\n  cache   a hit in memory, and what reads cost Redis, beside bentocache, cacheable, cache-manager and bare lru-cache\n'

const [name = '', ...flags] = process.argv.slice(2)
const bench = Object.hasOwn(benches, name) ? benches[name as keyof typeof benches] : undefined
if (!bench || flags.some((flag) => flag !== '--json')) {
  process.stderr.write(usage)
  process.exit(name === '--help' ? 0 : 2)
}

const say = (line: string) => process.stderr.write(`  ${line}\n`)
const startedMs = performance.now()
const dir = await mkdtemp(join(tmpdir(), 'gala-bench-'))
const port = await freePorts()
const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
const redis = spawn(program('redis-server'), args, { stdio: 'ignore' })
try {
  await until(() => listening(port), 'Redis does not start', 10_000)
  const figures = await bench({ host: '127.0.0.1', port }, say)
  const durationS = Math.round((performance.now() - startedMs) / 1000)
  process.exitCode = print(name, figures, durationS, flags.includes('--json')) ? 0 : 1
} finally {
  const ended = new Promise((done) => redis.on('exit', done))
  redis.kill()
  await ended
  await rm(dir, { recursive: true, force: true })
}
process.exit()
