import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, listening, memoryDirOf, program, until } from '@gala/platform'
import type { Figure } from './report.js'

const connections = 64
const requests = 60_000
/** About what the first screen of an event is. */
const bodyBytes = 4_096
/** Of the kernel's clock that processor time is told in. */
const ticksPerS = 100

/** What an answer from the edge's own copy costs its workers, with the very template that is deployed: log line and all. */
export async function edgeBench(_redis: unknown, say: (line: string) => void): Promise<Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), 'gala-edge-bench-'))
  // Workers are nobody when the master is root.
  chmodSync(dir, 0o755)
  const access = createServer((_, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=1',
      'x-accel-expires': '1',
    })
    response.end(document())
  })
  await new Promise<void>((done) => access.listen(0, '127.0.0.1', done))
  const port = await freePorts()
  const nginx = startEdge(dir, port, (access.address() as AddressInfo).port)
  try {
    await until(() => listening(port), 'nginx does not start', 10_000)
    const figures: Figure[] = []
    for (const coding of ['identity', 'gzip']) {
      await ask(port, coding, 2_000)
      const before = workerTicks(nginx.pid ?? 0)
      const startedMs = performance.now()
      await ask(port, coding, requests)
      const tookS = (performance.now() - startedMs) / 1_000
      const us = ((workerTicks(nginx.pid ?? 0) - before) / ticksPerS / requests) * 1e6
      say(`${coding}: ${requests} answers in ${tookS.toFixed(1)} s`)
      figures.push({ name: `edge-hit-${coding}-cpu`, value: Math.round(us * 10) / 10, unit: 'µs' })
    }
    return figures
  } finally {
    const ended = new Promise((done) => nginx.on('exit', done))
    if (nginx.exitCode === null) nginx.kill('SIGTERM')
    await ended
    access.close()
    access.closeAllConnections()
    for (const each of [memoryDirOf(dir), dir]) rmSync(each, { recursive: true, force: true })
  }
}

function startEdge(dir: string, port: number, accessPort: number) {
  const deploy = join(import.meta.dirname, '../../../deploy/nginx')
  for (const name of ['tmp', 'pages']) mkdirSync(join(dir, name))
  const env = {
    EDGE_DC: 'dc-a',
    EDGE_HOST: '127.0.0.1',
    EDGE_CONNECTIONS: '8192',
    EDGE_PORT: String(port),
    EDGE_DIR: dir,
    EDGE_CACHE_DIR: memoryDirOf(dir),
    EDGE_ACCESS_SERVERS: `server 127.0.0.1:${accessPort};`,
    EDGE_OWN_ACCESS_SERVERS: `server 127.0.0.1:${accessPort};`,
    EDGE_SNAPSHOT_DIR: join(dir, 'pages'),
    EDGE_LIVE_DIR: join(dir, 'pages'),
    EDGE_VIEWER_DIR: join(dir, 'pages'),
    EDGE_EDGE_URLS: `http://127.0.0.1:${port}`,
  }
  const conf = execFileSync('sh', [join(deploy, 'render.sh'), 'EDGE', join(deploy, 'edge.conf.template')], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  writeFileSync(join(dir, 'edge.conf'), conf)
  return spawn(program('nginx'), ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'edge.conf')], {
    stdio: 'ignore',
  })
}

/** An answer like ours: many small fields with words that come again. */
function document(): string {
  const item = (i: number) => ({
    id: `act-${i}`,
    title: `Act number ${i}`,
    startAt: `2026-11-21T20:${10 + (i % 50)}:00.000Z`,
    state: 'planned',
  })
  const items = Array.from({ length: 60 }, (_, i) => item(i))
  return JSON.stringify({ id: 'spring-gala', items }).slice(0, bodyBytes)
}

/** Processor time of nginx and its workers, in ticks. */
function workerTicks(master: number): number {
  const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return [String(master), ...children]
    .filter((pid) => existsSync(`/proc/${pid}/stat`))
    .map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [])
    .reduce((sum, fields) => sum + Number(fields[11] ?? 0) + Number(fields[12] ?? 0), 0)
}

/** `count` requests over a few connections, each with one under way. */
async function ask(port: number, coding: string, count: number) {
  const request = `GET /v1/events/spring-gala/bootstrap HTTP/1.1\r\nhost: edge\r\naccept-encoding: ${coding}\r\nuser-agent: bench\r\n\r\n`
  let left = count
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1')
      while (left-- > 0) await answered(socket, request)
      socket.destroy()
    }),
  )
}

function answered(socket: Socket, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    const take = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!isWhole(text)) return
      socket.off('data', take)
      socket.off('error', reject)
      if (text.startsWith('HTTP/1.1 200')) resolve()
      else reject(new Error(`the edge answers ${text.slice(0, 40)}`))
    }
    socket.on('data', take)
    socket.on('error', reject)
    socket.write(request)
  })
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1]
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= head + 4 + Number(length)
}
