import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, listening, program, until } from '@gala/platform'
import { burstBench } from './burst.bench.js'
import { cacheBench } from './cache.bench.js'
import { edgeBench } from './edge.bench.js'
import { ended } from './http/ending.js'
import { httpOptions } from './http/options.js'
import { httpBench } from './http.bench.js'
import { imOptions } from './im/options.js'
import { imBench } from './im.bench.js'
import { limitBench } from './limit.bench.js'
import { type BenchRedis, type Figure, print } from './report.js'

/** Those that are handed a Redis of their own and take no flags. */
const benches = { cache: cacheBench, limit: limitBench, burst: burstBench, edge: edgeBench }
const usage = `usage: npm run bench -- NAME [--json]

  cache   a hit in memory, and what reads cost Redis, beside bentocache, cacheable, cache-manager and bare lru-cache
  limit   one limit in eight processes under a million requests, beside rate-limiter-flexible and @nestjs/throttler; then
          without Redis
  burst   200,000 requests in five seconds against a limit of 5,000 a second
  edge    processor time of an answer from the edge's own copy, as it is deployed
  http    answers per CPU-second of access and edge, beside node:http, Fastify, Nest and nginx; how long they take; what many
          events cost; what tracing costs
            --rounds N        of all contenders by turns; 5
            --only NAME,NAME  of node, fastify, nest-fastify, nest-express, nginx-return, nginx-cache, ours, edge, latency,
                              catalogue, tracing
            --chart           draws docs/numbers-http.svg anew
  im      what a message in a room of thousands costs and weighs, beside Centrifugo, socket.io and ws
            --only NAME,NAME  of payload, ours, centrifugo, ws, socket.io
            --sockets N,N     2000,10000
            --rounds N        of all contenders by turns; 3
            --seconds N       of each turn; 15
`

const [name = '', ...flags] = process.argv.slice(2)
const say = (line: string) => process.stderr.write(`  ${line}\n`)
const startedMs = performance.now()
const run = asked()
if (!run) {
  process.stderr.write(usage)
  process.exit(name === '--help' ? 0 : 2)
}
const figures = await run()
const durationS = Math.round((performance.now() - startedMs) / 1000)
process.exit(print(name, figures, durationS, flags.includes('--json')) ? 0 : 1)

/** What is to be run; undefined when that cannot be understood. */
function asked(): (() => Promise<Figure[]>) | undefined {
  if (name === 'http') {
    const options = httpOptions(flags)
    return options && (() => ended((ending) => httpBench(options, ending, say)))
  }
  if (name === 'im') {
    const options = imOptions(flags)
    return options && (() => ended((ending) => imBench(options, ending, say)))
  }
  const bench = Object.hasOwn(benches, name) ? benches[name as keyof typeof benches] : undefined
  if (!bench || flags.some((flag) => flag !== '--json')) return undefined
  return () => withRedis((redis) => bench(redis, say))
}

async function withRedis<T>(work: (redis: BenchRedis) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'gala-bench-'))
  const port = await freePorts()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no']
  const redis = spawn(program('redis-server'), args, { stdio: 'ignore' })
  try {
    await until(() => listening(port), 'Redis does not start', 10_000)
    return await work({ host: '127.0.0.1', port, kill: () => void redis.kill('SIGKILL') })
  } finally {
    const ended = new Promise((done) => redis.on('exit', done))
    if (redis.exitCode === null && redis.signalCode === null) {
      redis.kill()
      await ended
    }
    await rm(dir, { recursive: true, force: true })
  }
}
