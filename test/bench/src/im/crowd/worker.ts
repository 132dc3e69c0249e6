import { setTimeout as pause } from 'node:timers/promises'
import { loopback, RawSocket } from '@gala/viewers'
import { dialects } from './dialects.js'
import type { CrowdOrder, CrowdPlan, CrowdReport, CrowdWord } from './plan.js'
import { sentAtMs } from './said.js'

/** Viewers in a process of their own: most of them only count what comes. Takes orders from whoever started it. */
const plan = JSON.parse(process.argv[2] ?? '') as CrowdPlan
const dialect = dialects[plan.dialect]
const triesMax = 5
const retryMs = 500
const askedAtOnce = 16
const delaysMax = 500_000

interface Viewer {
  socket: RawSocket | undefined
  isReady: boolean
  reads: boolean
}

const viewers: Viewer[] = Array.from({ length: plan.sockets }, (_, i) => ({
  socket: undefined,
  isReady: false,
  reads: i < plan.samples,
}))
const why: Record<string, number> = {}
let ready = 0
let closed = 0
let stopping = false
let report = newReport()
let beganMs = performance.now()
let beganCpu = process.cpuUsage()

process.on('message', (order: CrowdOrder) => {
  if (order === 'begin') begin()
  else if (order === 'report') tell({ kind: 'report', ...reported() })
  else void stop()
})
// Whoever started us is gone: nobody wants to know.
process.on('disconnect', () => process.exit())
const teller = setInterval(() => tell({ kind: 'ready', ready, closed, why }), 250)
void connectAll()

async function connectAll() {
  let next = 0
  const startedMs = performance.now()
  const some = async () => {
    for (let i = next++; i < viewers.length && !stopping; i = next++) {
      const dueMs = startedMs + (i / plan.connectPerS) * 1_000
      await pause(Math.max(0, dueMs - performance.now()))
      await open(viewers[i] as Viewer, i)
    }
  }
  await Promise.all(Array.from({ length: askedAtOnce }, some))
}

/** Tries again a few times: what was full a moment ago may have room now. */
async function open(viewer: Viewer, i: number) {
  for (let tries = 0; tries < triesMax && !stopping; tries++) {
    if (tries > 0) await pause(retryMs * tries)
    try {
      await once(viewer, plan.firstAddress + i, await ticket())
      return
    } catch (error) {
      count(`not opened: ${(error as Error).message}`)
    }
  }
}

async function ticket(): Promise<string> {
  if (plan.connectUrl === '') return ''
  const answer = await fetch(plan.connectUrl, { signal: AbortSignal.timeout(10_000) })
  if (!answer.ok) throw new Error(`no ticket: ${answer.status}`)
  return ((await answer.json()) as { ticket: string }).ticket
}

/** Resolves when messages come. */
function once(viewer: Viewer, address: number, ticket: string): Promise<void> {
  const { host, port, room } = plan
  const { protocol } = dialect
  return new Promise((resolve, reject) => {
    const socket = new RawSocket(
      { host, port, path: dialect.path(room), localAddress: loopback(address), ...(protocol && { protocol }) },
      {
        open: () => {
          for (const [opcode, payload] of dialect.hello(room, ticket)) socket.send(opcode, payload)
        },
        keeps: (_, length) => viewer.reads || !viewer.isReady || dialect.keeps(length),
        frame: (_, length, payload) => {
          if (viewer.isReady) return received(viewer, socket, length, payload)
          if (!dialect.isReady(payload)) return
          viewer.isReady = true
          ready++
          resolve()
        },
        closed: (code, reason, status) => {
          reject(new Error(`closed with ${status ?? code} ${reason}`))
          if (!viewer.isReady || stopping) return
          viewer.isReady = false
          ready--
          closed++
          count(`closed with ${code} ${reason}`)
        },
      },
    )
    viewer.socket = socket
  })
}

function received(viewer: Viewer, socket: RawSocket, length: number, payload: Buffer) {
  if (dialect.keeps(length)) {
    const answer = dialect.answer(payload)
    if (answer === 'none') return
    if (answer) return socket.send(...answer)
  }
  report.frames++
  report.payloadBytes += length
  if (!viewer.reads) return
  const nowMs = performance.timeOrigin + performance.now()
  report.sampledPayloadBytes += length
  for (const text of dialect.texts(payload)) {
    report.sampledMessages++
    const sent = sentAtMs(text)
    if (sent !== undefined && report.delaysMs.length < delaysMax) report.delaysMs.push(nowMs - sent)
  }
}

function newReport(): CrowdReport {
  const none = { frames: 0, payloadBytes: 0, wireBytes: 0, sampledMessages: 0, sampledPayloadBytes: 0 }
  return { ...none, delaysMs: [], closed: 0, cpuS: 0, elapsedS: 0 }
}

const wireBytes = () => viewers.reduce((sum, { socket }) => sum + (socket?.bytes ?? 0), 0)

function begin() {
  report = { ...newReport(), wireBytes: -wireBytes(), closed: -closed }
  beganMs = performance.now()
  beganCpu = process.cpuUsage()
}

function reported(): CrowdReport {
  const { user, system } = process.cpuUsage(beganCpu)
  return {
    ...report,
    wireBytes: report.wireBytes + wireBytes(),
    closed: report.closed + closed,
    cpuS: (user + system) / 1e6,
    elapsedS: (performance.now() - beganMs) / 1_000,
  }
}

async function stop() {
  stopping = true
  clearInterval(teller)
  // All at once would be one more storm for whoever is measured next on the same core.
  for (const [i, { socket }] of viewers.entries()) {
    socket?.destroy()
    if (i % 200 === 199) await pause(5)
  }
  process.disconnect?.()
}

function count(what: string) {
  why[what] = (why[what] ?? 0) + 1
}

function tell(word: CrowdWord) {
  process.send?.(word)
}
