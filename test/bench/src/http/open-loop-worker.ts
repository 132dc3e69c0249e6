import { connect, type Socket } from 'node:net'
import { seededRandom } from '@gala/kernel/testing'
import { Latencies } from './latency.js'
import { OpenLoop } from './open-loop.js'

/** What it is told on stdin. */
export interface OpenLoopPlan {
  port: number
  path: string
  ratePerS: number
  connections: number
  durationMs: number
  seed: number
}

/** What it says on stdout, in microseconds from when a request was meant to be sent. */
export interface OpenLoopResult {
  answered: number
  failed: number
  meanUs: number
  p50Us: number
  p99Us: number
  p999Us: number
  /** How late requests left although a connection was free: the generator's own part of the above. */
  lateP99Us: number
}

interface Line {
  socket: Socket
  atMs: number
  missing: number
}

/** Answers that are still under way this long after the end are not waited for. */
const patienceMs = 2_000

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const plan = JSON.parse(Buffer.concat(chunks).toString()) as OpenLoopPlan

const asking = Buffer.from(`GET ${plan.path} HTTP/1.1\r\nhost: 127.0.0.1:${plan.port}\r\n\r\n`)
const headEnd = Buffer.from('\r\n\r\n')
const seen = new Latencies()
const late = new Latencies()
const idle: Line[] = []
let failed = 0
let under = 0

await Promise.all(Array.from({ length: plan.connections }, open))
const startMs = performance.now()
const endMs = startMs + plan.durationMs
const loop = new OpenLoop(plan.ratePerS, seededRandom(plan.seed), startMs, endMs)
turn()

/** Again and again without a pause: this program has a core of its own, and a timer would be a millisecond late. */
function turn() {
  let nowMs = performance.now()
  const free = idle.length > 0
  while (loop.waiting(nowMs) > 0) {
    const line = idle.pop()
    if (!line) break
    line.atMs = loop.take() ?? nowMs
    if (free && idle.length > 0) late.record((nowMs - line.atMs) * 1_000)
    under++
    line.socket.write(asking)
    nowMs = performance.now()
  }
  if ((loop.ended(nowMs) && under === 0) || nowMs > endMs + patienceMs) return finish()
  setImmediate(turn)
}

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(65_536)
    const line: Line = {
      atMs: 0,
      missing: 0,
      socket: connect({
        port: plan.port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer,
          callback: (length) => {
            take(line, buffer.subarray(0, length))
            return true
          },
        },
      }),
    }
    line.socket.on('connect', () => {
      idle.push(line)
      resolve()
    })
    line.socket.on('error', reject)
    line.socket.on('close', () => reject(new Error('the server closed a connection')))
  })
}

/** The head of an answer comes in one piece: it is written in one piece, and on loopback. */
function take(line: Line, piece: Buffer) {
  if (line.missing > 0) line.missing -= piece.length
  else {
    const end = piece.indexOf(headEnd)
    const head = piece.toString('latin1', 0, end)
    const at = head.toLowerCase().indexOf('content-length: ')
    if (!head.startsWith('HTTP/1.1 200')) failed++
    line.missing = end + headEnd.length + Number.parseInt(head.slice(at + 16, at + 24), 10) - piece.length
  }
  if (line.missing > 0) return
  seen.record((performance.now() - line.atMs) * 1_000)
  line.missing = 0
  under--
  idle.push(line)
}

function finish() {
  const result: OpenLoopResult = {
    answered: seen.count,
    // What was meant to be sent and is not answered yet.
    failed: failed + under + loop.waiting(endMs),
    meanUs: seen.meanUs,
    p50Us: seen.quantileUs(0.5),
    p99Us: seen.quantileUs(0.99),
    p999Us: seen.quantileUs(0.999),
    lateP99Us: late.quantileUs(0.99),
  }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
}
