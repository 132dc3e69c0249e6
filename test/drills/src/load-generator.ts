import { performance } from 'node:perf_hooks'
import { type Criticality, criticalities } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { Connection, type Reply } from './load-connection.js'
import { inTimeMs, type LoadPlan, type LoadResult, type Outcomes, patienceMs, sliceMs } from './load-plan.js'
import { timesOf } from './times.js'

/** A program of its own, so that what it costs to ask is not taken from what is asked. Reads its plan from stdin. */
const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
const plan = JSON.parse(Buffer.concat(chunks).toString()) as LoadPlan

/** The server's backlog is finite, and whoever does not fit tries again a second later. */
const openingMax = 128
/** Whom nobody takes in for so long is part of what is measured. */
const openWithinMs = 10_000

const napMs = 0.1
const never = new Int32Array(new SharedArrayBuffer(4))

interface Asked {
  /** When it was meant to be sent. */
  atMs: number
  criticality: Criticality
  /** Which of the plan's. */
  sort: number
  bytes: Buffer
}

// Whoever started us is gone: nobody wants to know.
process.on('disconnect', () => process.exit())
const random = seededRandom(plan.seed)
const none = (): Outcomes => ({ offered: 0, good: 0, old: 0, late: 0, refused: 0, failed: 0 })
const noneByClass = () => Object.fromEntries(criticalities.map((name) => [name, none()])) as LoadResult['byClass']
const result = { byClass: noneByClass(), slices: [] as LoadResult['slices'] }
const answered = plan.sorts.map((): number[] => [])
const offered = plan.sorts.map(() => 0)
const hits = plan.sorts.map(() => 0)
const refused: number[] = []
const waiting: Asked[] = []
let firstWaiting = 0
let generatorLateMs = 0
const seq = { next: 0 }
/** Where the part of each event ends, of all requests. */
const eventUpTo = cumulative(plan.events.map((_, rank) => (rank + 1) ** -(plan.zipf ?? 0)))

const host = new URL(plan.url)
const prepared = plan.sorts.map((sort, i) => ({
  criticality: sort.criticality,
  make: maker(sort),
  /** Where its part of all requests ends. */
  upTo: plan.sorts.slice(0, i + 1).reduce((all, { share }) => all + share, 0),
}))
const connections = Array.from({ length: plan.connections }, () => new Connection(Number(host.port), patienceMs, free))
const idle: Connection[] = []
let opened = 0
let startedMs = Number.POSITIVE_INFINITY
let endMs = Number.POSITIVE_INFINITY
let nextAtMs = 0
let usedBefore = process.cpuUsage()
let open = plan.connections

for (; opened < Math.min(openingMax, connections.length); opened++) connections[opened]?.open()
const timer = setInterval(() => {
  for (const connection of connections) connection.expire(performance.now())
}, 50)
const opening = setTimeout(begin, openWithinMs)

/** What is asked before all connections are open would wait for them instead of for whom is asked. */
function begin() {
  clearTimeout(opening)
  startedMs = performance.now()
  endMs = startedMs + plan.durationMs
  nextAtMs = startedMs
  usedBefore = process.cpuUsage()
  for (; opened < connections.length; opened++) connections[opened]?.open()
  if (plan.ratePerS === 0) for (const connection of idle.splice(0)) next(connection, startedMs)
  turn()
}

/** Everything that was meant to be sent by now, again and again until the end. */
function turn() {
  const nowMs = performance.now()
  if (plan.ratePerS > 0) {
    while (nextAtMs <= nowMs && nextAtMs < endMs) {
      offer(nextAtMs)
      nextAtMs += (-Math.log(1 - random()) * 1000) / plan.ratePerS
    }
    drain(nowMs)
  }
  if (nowMs < endMs || firstWaiting < waiting.length) return later()
  // Whoever has no connection any more, because nobody takes it in, is not waited for.
  if (idle.length < open && nowMs < endMs + 2 * patienceMs) return void setTimeout(turn, 5)
  finish()
}

/**
 * A timer of Node is a millisecond late at least, and who never sleeps is put off for milliseconds whenever anybody else on
 * its core has something to do.
 */
function later() {
  if (!plan.close) return void setTimeout(turn, 1)
  Atomics.wait(never, 0, 0, napMs)
  setImmediate(turn)
}

function offer(atMs: number) {
  const asked = choose(atMs)
  begun(asked)
  waiting.push(asked)
}

function drain(nowMs: number) {
  while (firstWaiting < waiting.length) {
    const asked = waiting[firstWaiting] as Asked
    if (nowMs - asked.atMs > patienceMs) count(asked, 'failed')
    else {
      const connection = idle.pop()
      if (!connection) break
      connection.idle = false
      send(connection, asked, nowMs)
    }
    firstWaiting++
  }
  if (firstWaiting > 10_000) firstWaiting -= waiting.splice(0, firstWaiting).length
}

function send(connection: Connection, asked: Asked, nowMs: number) {
  if (waiting.length - firstWaiting <= 1) generatorLateMs = Math.max(generatorLateMs, nowMs - asked.atMs)
  connection.ask(asked.bytes, asked.atMs, (reply) => settle(asked, reply))
}

/** Called by a connection that has nothing to do. */
function free(connection: Connection) {
  const nowMs = performance.now()
  if (plan.ratePerS === 0 && nowMs >= startedMs && nowMs < endMs) return next(connection, nowMs)
  if (connection.idle) return
  connection.idle = true
  idle.push(connection)
  if (startedMs !== Number.POSITIVE_INFINITY) return drain(nowMs)
  connections[opened++]?.open()
  if (idle.length === connections.length) begin()
}

/** Asks as soon as there is an answer. */
function next(connection: Connection, nowMs: number) {
  connection.idle = false
  const asked = choose(nowMs)
  begun(asked)
  connection.ask(asked.bytes, nowMs, (reply) => settle(asked, reply))
}

function settle(asked: Asked, reply: Reply) {
  const tookMs = performance.now() - asked.atMs
  if (reply.status >= 200 && reply.status < 300) {
    answered[asked.sort]?.push(tookMs)
    if (reply.hit) hits[asked.sort] = (hits[asked.sort] ?? 0) + 1
    count(asked, tookMs > inTimeMs ? 'late' : reply.old ? 'old' : 'good')
  } else if (
    reply.status === 503 ||
    reply.status === 429 ||
    (reply.status === 404 && (reply.cut || reply.body.includes('SWITCHED_OFF')))
  ) {
    refused.push(tookMs)
    count(asked, 'refused')
  } else count(asked, 'failed')
}

function begun(asked: Asked) {
  offered[asked.sort] = (offered[asked.sort] ?? 0) + 1
  count(asked, 'offered')
}

function count({ atMs, criticality }: Asked, what: keyof Outcomes) {
  result.byClass[criticality][what]++
  const index = Math.floor((atMs - startedMs) / sliceMs)
  result.slices[index] ??= noneByClass()
  const slice = result.slices[index]
  if (slice) slice[criticality][what]++
}

function choose(atMs: number): Asked {
  const chance = random()
  const found = prepared.findIndex(({ upTo }) => chance < upTo)
  const sort = Math.max(found, 0)
  const { criticality, make } = prepared[sort] as (typeof prepared)[number]
  return { atMs, criticality, sort, bytes: make() }
}

function maker({ method, path, body, token }: LoadPlan['sorts'][number]): () => Buffer {
  const pick = (text: string) =>
    text
      .replaceAll(':event', anyEvent())
      .replace(':page', String(1 + Math.floor(random() * plan.pages)))
      .replaceAll(':run', `${host.port}-${plan.seed}`)
      .replaceAll(':now', String(Date.now()))
      .replaceAll(':seq', String(seq.next++))
  const head = `host: ${host.host}\r\n`
  if (!body) {
    // Made once for each address: what is asked again costs only the sending.
    const known = new Map<string, Buffer>()
    return () => {
      const address = pick(path)
      const made = known.get(address) ?? Buffer.from(`${method} ${address} HTTP/1.1\r\n${head}\r\n`)
      known.set(address, made)
      return made
    }
  }
  return () => {
    const text = pick(body)
    const { viewers = [] } = plan
    const bearer = token ? `authorization: Bearer ${viewers[Math.floor(random() * viewers.length)]}\r\n` : ''
    const more = `${bearer}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`
    return Buffer.from(`${method} ${pick(path)} HTTP/1.1\r\n${head}${more}\r\n${text}`)
  }
}

function anyEvent(): string {
  const chance = random() * (eventUpTo.at(-1) ?? 0)
  let low = 0
  let high = eventUpTo.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (chance < (eventUpTo[middle] ?? 0)) high = middle
    else low = middle + 1
  }
  return plan.events[low] ?? ''
}

function cumulative(weights: readonly number[]): number[] {
  let sum = 0
  return weights.map((weight) => {
    sum += weight
    return sum
  })
}

function finish() {
  clearInterval(timer)
  open = 0
  const used = process.cpuUsage(usedBefore)
  const durationMs = performance.now() - startedMs
  const told: LoadResult = {
    ...result,
    sorts: answered.map((took, i) => ({
      ...timesOf(took),
      offered: offered[i] ?? 0,
      answered: took.length,
      hits: hits[i] ?? 0,
    })),
    answeredMs: timesOf(answered.flat()),
    refusedMs: timesOf(refused),
    durationMs: plan.durationMs,
    bytes: connections.reduce((all, { bytes }) => all + bytes, 0),
    generatorBusy: (used.user + used.system) / 1000 / durationMs,
    generatorLateMs,
  }
  process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit())
}
