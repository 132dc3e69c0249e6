import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, listening, program, until } from '@gala/platform'
import { burstBench } from './burst.bench.js'
import { cacheBench } from './cache.bench.js'
import { edgeBench } from './edge.bench.js'
import { limitBench } from './limit.bench.js'
import { print } from './report.js'

const benches = { cache: cacheBench, limit: limitBench, burst: burstBench, edge: edgeBench }
const usage = `usage: npm run bench -- NAME [--json]

  cache   a hit in memory, and what reads cost Redis, beside bentocache, cacheable, cache-manager and bare lru-cache
  limit   one limit in eight processes under a million requests, beside rate-limiter-flexible and @nestjs/throttler; then
          without Redis
  burst   200,000 requests in five seconds against a limit of 5,000 a second
  edge    processor time of an answer from the edge's own copy, as it is deployed
`

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
  const figures = await bench({ host: '127.0.0.1', port, kill: () => void redis.kill('SIGKILL') }, say)
  const durationS = Math.round((performance.now() - startedMs) / 1000)
  process.exitCode = print(name, figures, durationS, flags.includes('--json')) ? 0 : 1
} finally {
  const ended = new Promise((done) => redis.on('exit', done))
  if (redis.exitCode === null && redis.signalCode === null) {
    redis.kill()
    await ended
  }
  await rm(dir, { recursive: true, force: true })
}
process.exit()
