import { setTimeout as pause } from 'node:timers/promises'
import { cpuS, rssBytes } from '../http/processes.js'
import type { Contender, Running } from './contenders.js'
import { Crowd } from './crowd/crowd.js'
import { textSentAt } from './crowd/said.js'
import { recorded } from './payload/forms.js'

/** Read everything they get; all others count it. */
const samples = 20
/** Compiled, and past the storm of connecting, before anybody looks: at 20 messages a second a second has little to compile. */
const warmMs = 10_000
/** No server is asked to take more: peers have no limit of their own, and ours refuses beyond it. */
const connectPerS = 1_000
const tickMs = 10
/** Nobody waits behind a server that does not answer. */
const underWayMax = 200

export interface Turn {
  sockets: number
  ratePerS: number
  /** Messages times receivers, a second and for a second of processor time. */
  perS: number
  perCpuS: number
  /** Of the process that holds the sockets, without those that stand behind it. */
  perOwnCpuS: number
  delayP50Ms: number
  delayP99Ms: number
  /** Everything that comes over the line, for a message. */
  bytesPerMessage: number
  rssPerSocketBytes: number
  /** Which part of its core the server was given, and the viewers of theirs, in percent. */
  corePercent: number
  crowdPercent: number
  /** Viewers that were cut off. */
  closed: number
  /** Which part of what was said has come, in percent. */
  arrivedPercent: number
  /** What the server did not take, and why it cut viewers off. */
  trouble: readonly string[]
}

export async function takeTurn(
  contender: Contender,
  sockets: number,
  ratePerS: number,
  seconds: number,
): Promise<Turn> {
  const server = await contender.start()
  const emptyBytes = rssBytes([server.pid])
  let crowd: Crowd | undefined
  try {
    crowd = await Crowd.of({
      dialect: contender.dialect,
      host: server.host,
      port: server.port,
      connectUrl: server.connectUrl,
      room: server.room,
      sockets,
      firstAddress: 0,
      samples: Math.min(samples, sockets),
      connectPerS,
    })
    return await measure(server, crowd, { sockets, ratePerS, seconds, emptyBytes })
  } finally {
    await crowd?.end()
    await server.end()
  }
}

interface Measured {
  sockets: number
  ratePerS: number
  seconds: number
  emptyBytes: number
}

async function measure(server: Running, crowd: Crowd, { sockets, ratePerS, seconds, emptyBytes }: Measured) {
  const pids = [server.pid, ...server.others]
  const talk = new Talk(server, ratePerS)
  try {
    await pause(warmMs)
    const before = { all: cpuS(pids), own: cpuS([server.pid]), said: talk.said }
    crowd.begin()
    await pause(seconds * 1_000)
    const report = await crowd.report()
    const used = { all: cpuS(pids) - before.all, own: cpuS([server.pid]) - before.own }
    const said = talk.said - before.said
    const rssPerSocketBytes = (rssBytes([server.pid]) - emptyBytes) / sockets
    // All get the same, so that what it weighs tells how much of it everybody has had.
    const messageBytes = report.sampledPayloadBytes / report.sampledMessages
    const deliveries = report.payloadBytes / messageBytes
    const delays = report.delaysMs.toSorted((a, b) => a - b)
    const quantile = (part: number) =>
      delays[Math.min(delays.length - 1, Math.floor(delays.length * part))] ?? Number.NaN
    return {
      sockets,
      ratePerS,
      perS: deliveries / report.elapsedS,
      perCpuS: deliveries / used.all,
      perOwnCpuS: deliveries / used.own,
      delayP50Ms: quantile(0.5),
      delayP99Ms: quantile(0.99),
      bytesPerMessage: report.wireBytes / deliveries,
      rssPerSocketBytes,
      corePercent: (100 * used.all) / report.elapsedS,
      crowdPercent: (100 * report.cpuS) / report.elapsedS,
      closed: report.closed,
      arrivedPercent: (100 * deliveries) / (said * sockets),
      trouble: [...talk.trouble, ...Object.entries(crowd.why).map(([what, count]) => `${count} × ${what}`)],
    }
  } finally {
    await talk.end()
  }
}

/** Says something at an even pace until it is told to end. */
class Talk {
  said = 0
  #failed = 0
  #firstWhy = ''
  #going = true
  readonly #ended: Promise<void>
  readonly #words = recorded().flatMap(({ text }) => (text === '' ? [] : [text]))

  constructor(
    private readonly server: Running,
    private readonly ratePerS: number,
  ) {
    this.#ended = this.#talk()
  }

  /** A server that is full may not take everything; then that is part of how it does. */
  get trouble(): string[] {
    return this.#failed > 0 ? [`${this.#failed} of ${this.said} messages were not taken: ${this.#firstWhy}`] : []
  }

  async end() {
    this.#going = false
    await this.#ended
  }

  async #talk() {
    const startedMs = performance.now()
    const underWay = new Set<Promise<void>>()
    while (this.#going) {
      const dueMs = startedMs + (this.said * 1_000) / this.ratePerS
      if (performance.now() < dueMs) {
        await pause(Math.min(tickMs, dueMs - performance.now()))
        continue
      }
      const nowMs = performance.timeOrigin + performance.now()
      const text = textSentAt(nowMs, this.#wordsFor(this.said++))
      if (underWay.size >= underWayMax) {
        this.#failed++
        continue
      }
      const told = this.server
        .publish(text)
        .catch((error: Error) => {
          if (this.#failed++ === 0) this.#firstWhy = error.message
        })
        .finally(() => underWay.delete(told))
      underWay.add(told)
    }
    await Promise.all(underWay)
  }

  /** Several recorded texts, until it is enough. */
  #wordsFor(index: number): string {
    const from = (index * 5) % this.#words.length
    return [...this.#words, ...this.#words].slice(from, from + 12).join(' ')
  }
}
