import { connect, type Socket } from 'node:net'
import { seededRandom } from '@gala/kernel/testing'
import { Latencies } from './latency.js'
import { OpenLoop } from './open-loop.js'
import { risingSums, weighted } from './statistics.js'

/** One sort of request. */
export interface Asking {
  name: string
  /** Of all requests, as a weight. */
  share: number
  /**
   * Requests as they are sent; the one of rank r comes in proportion to 1/r. `@CLIENT@` and `@NUMBER@` become six and ten digits
   * that no other request has together.
   */
  texts: readonly string[]
  /** What is no failure. */
  status: number
}

/** What it is told on stdin. */
export interface OpenLoopPlan {
  port: number
  asking: readonly Asking[]
  /** Requests a second that are meant to be sent. */
  ratePerS: number
  connections: number
  /** It has its core to itself: it need not sleep, and is never a millisecond late. */
  alone: boolean
  durationMs: number
  seed: number
}

/** Times in microseconds from when a request was meant to be sent. */
export interface Answered {
  answered: number
  /** With another status than is right. */
  failed: number
  /** Said to come from memory (`x-gala-cache: hit`). */
  hits: number
  /** Said to be less than they could be (`x-gala-degraded`). */
  degraded: number
  meanUs: number
  p50Us: number
  p99Us: number
  p999Us: number
}

/** What it says on stdout. */
export interface OpenLoopResult {
  all: Answered
  byName: Record<string, Answered>
  /** Meant to be sent and not answered when it ended. */
  unanswered: number
  /** How late requests left although a connection was free: the generator's own part of the above. */
  lateP99Us: number
}

interface Line {
  socket: Socket
  tally: Tally
  atMs: number
  missing: number
}

/** Answers that are still under way this long after the end are not waited for. */
const patienceMs = 2_000
const clients = 1_000_000
const firstNumber = 1_000_000_000

class Tally {
  readonly latencies = new Latencies()
  readonly #sums: number[]
  readonly #requests: readonly (Buffer | string)[]
  failed = 0
  hits = 0
  degraded = 0

  constructor({ texts, status }: Pick<Asking, 'texts' | 'status'>) {
    this.#sums = risingSums(texts.map((_, rank) => 1 / (rank + 1)))
    // Those that are always the same are made once.
    this.#requests = texts.map((text) => (text.includes('@NUMBER@') ? text : Buffer.from(text)))
    this.good = `HTTP/1.1 ${status}`
  }

  readonly good: string

  draw(): Buffer | string {
    const request = this.#requests[weighted(this.#sums, random())] ?? ''
    if (typeof request !== 'string') return request
    drawn++
    return request
      .replace('@CLIENT@', String(drawn % clients).padStart(6, '0'))
      .replace('@NUMBER@', String(firstNumber + drawn))
  }

  get result(): Answered {
    const { latencies, failed, hits, degraded } = this
    return {
      answered: latencies.count,
      failed,
      hits,
      degraded,
      meanUs: latencies.meanUs,
      p50Us: latencies.quantileUs(0.5),
      p99Us: latencies.quantileUs(0.99),
      p999Us: latencies.quantileUs(0.999),
    }
  }
}

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const plan = JSON.parse(Buffer.concat(chunks).toString()) as OpenLoopPlan

const headEnd = Buffer.from('\r\n\r\n')
const random = seededRandom(plan.seed)
const all = new Tally({ texts: [], status: 0 })
const tallies = plan.asking.map((asking) => new Tally(asking))
const shares = risingSums(plan.asking.map(({ share }) => share))
const late = new Latencies()
const idle: Line[] = []
let drawn = 0
let under = 0

await Promise.all(Array.from({ length: plan.connections }, open))
const startMs = performance.now()
const endMs = startMs + plan.durationMs
const loop = new OpenLoop(plan.ratePerS, random, startMs, endMs)
turn()

/** Again and again, without a pause where it takes nothing from others. */
function turn() {
  let nowMs = performance.now()
  const free = idle.length > 0
  while (loop.waiting(nowMs) > 0) {
    const line = idle.pop()
    if (!line) break
    line.atMs = loop.take() ?? nowMs
    if (free && idle.length > 0) late.record((nowMs - line.atMs) * 1_000)
    under++
    line.tally = tallies[weighted(shares, random())] ?? all
    line.socket.write(line.tally.draw())
    nowMs = performance.now()
  }
  if ((loop.ended(nowMs) && under === 0) || nowMs > endMs + patienceMs) return finish()
  if (plan.alone) setImmediate(turn)
  else setTimeout(turn, 1)
}

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(65_536)
    const line: Line = {
      tally: all,
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
    if (!head.startsWith(line.tally.good)) line.tally.failed++
    else {
      if (head.includes('\r\nx-gala-cache: hit')) line.tally.hits++
      if (head.includes('\r\nx-gala-degraded: ')) line.tally.degraded++
    }
    line.missing = end + headEnd.length + Number.parseInt(head.slice(at + 16, at + 24), 10) - piece.length
  }
  if (line.missing > 0) return
  const tookUs = (performance.now() - line.atMs) * 1_000
  all.latencies.record(tookUs)
  line.tally.latencies.record(tookUs)
  line.missing = 0
  under--
  idle.push(line)
}

function finish() {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((so, tally) => so + of(tally), 0)
  const result: OpenLoopResult = {
    all: {
      ...all.result,
      failed: sum(({ failed }) => failed),
      hits: sum(({ hits }) => hits),
      degraded: sum(({ degraded }) => degraded),
    },
    byName: Object.fromEntries(plan.asking.map(({ name }, i) => [name, (tallies[i] ?? all).result])),
    unanswered: under + loop.waiting(endMs),
    lateP99Us: late.quantileUs(0.99),
  }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
}
