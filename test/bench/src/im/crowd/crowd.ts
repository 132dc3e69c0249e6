import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { program, until } from '@gala/platform'
import { loadCore } from '../../http/processes.js'
import type { CrowdOrder, CrowdPlan, CrowdReport, CrowdWord } from './plan.js'

/** Processes that share the viewers: one would do on one core, but each has its own heap to collect. */
const processes = 2
const connectTimeoutMs = 180_000

type Ready = Extract<CrowdWord, { kind: 'ready' }>

/** Viewers of one server, on the core of the load. */
export class Crowd {
  readonly #children: ChildProcess[]
  readonly #ready = new Map<ChildProcess, Ready>()

  private constructor(plan: CrowdPlan) {
    this.#children = Array.from({ length: processes }, (_, i) => this.#start(plan, i))
  }

  /** Resolves when all are connected. @throws when they are not within some minutes. */
  static async of(plan: CrowdPlan): Promise<Crowd> {
    const crowd = new Crowd(plan)
    const missing = () => `${plan.sockets - crowd.ready} viewers are not connected: ${JSON.stringify(crowd.why)}`
    try {
      await until(() => crowd.ready >= plan.sockets, missing, connectTimeoutMs, 100)
    } catch (error) {
      await crowd.end()
      throw error
    }
    return crowd
  }

  get ready(): number {
    return [...this.#ready.values()].reduce((sum, { ready }) => sum + ready, 0)
  }

  get why(): Record<string, number> {
    const all: Record<string, number> = {}
    for (const { why } of this.#ready.values())
      for (const [what, count] of Object.entries(why)) all[what] = (all[what] ?? 0) + count
    return all
  }

  begin() {
    this.#order('begin')
  }

  /** Of all processes together. */
  async report(): Promise<CrowdReport> {
    const all = Promise.all(this.#children.map(reportOf))
    this.#order('report')
    const reports = await all
    const sum = (of: (report: CrowdReport) => number) => reports.reduce((total, report) => total + of(report), 0)
    return {
      frames: sum(({ frames }) => frames),
      payloadBytes: sum(({ payloadBytes }) => payloadBytes),
      wireBytes: sum((report) => report.wireBytes),
      sampledMessages: sum(({ sampledMessages }) => sampledMessages),
      sampledPayloadBytes: sum(({ sampledPayloadBytes }) => sampledPayloadBytes),
      delaysMs: reports.flatMap(({ delaysMs }) => delaysMs),
      closed: sum(({ closed }) => closed),
      cpuS: sum(({ cpuS }) => cpuS),
      elapsedS: Math.max(...reports.map(({ elapsedS }) => elapsedS)),
    }
  }

  async end() {
    const living = this.#children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    const ended = living.map((child) => new Promise((done) => child.once('exit', done)))
    for (const child of living) if (child.connected) child.send('stop' satisfies CrowdOrder)
    await Promise.all(ended)
  }

  #start(plan: CrowdPlan, i: number): ChildProcess {
    const share = (of: number) => Math.floor(of / processes) + (i < of % processes ? 1 : 0)
    const own: CrowdPlan = {
      ...plan,
      sockets: share(plan.sockets),
      samples: share(plan.samples),
      connectPerS: plan.connectPerS / processes,
      firstAddress: plan.firstAddress + i * Math.ceil(plan.sockets / processes),
    }
    const child = fork(join(import.meta.dirname, 'worker.js'), [JSON.stringify(own)], {
      execPath: program('taskset'),
      execArgv: ['-c', String(loadCore), process.execPath],
      env: { ...process.env, NODE_OPTIONS: '' },
      // Delays of many thousands of messages are handed over at once.
      serialization: 'advanced',
    })
    child.on('message', (word: CrowdWord) => {
      if (word.kind === 'ready') this.#ready.set(child, word)
    })
    return child
  }

  #order(order: CrowdOrder) {
    for (const child of this.#children) child.send(order)
  }
}

function reportOf(child: ChildProcess): Promise<CrowdReport> {
  return new Promise((resolve, reject) => {
    const hear = (word: CrowdWord) => {
      if (word.kind !== 'report') return
      child.off('message', hear)
      resolve(word)
    }
    child.on('message', hear)
    child.once('exit', (code) => reject(new Error(`viewers ended with ${code}`)))
  })
}
