import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@gala/platform'
import { Redis } from 'ioredis'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Ledger } from './edits.js'
import { type Figure, told } from './report.js'
import type { Rig } from './rig.js'
import type { Watcher, Window } from './watch.js'

export type Query = (sql: string) => Promise<unknown>

/** Breaks one thing after the other, and times how long every process needs to be current again. */
export class Faults {
  /** What is told beside the promises. */
  readonly told: Figure[] = []
  /** How long after its end a fault was healed everywhere, in ms. */
  readonly healed = new Map<string, number>()

  constructor(
    readonly rig: Rig,
    private readonly ledger: Ledger,
    private readonly watchers: readonly Watcher[],
    private readonly windows: Window[],
    private readonly say: (line: string) => void,
  ) {}

  /** One fault in these data centres: it is over when `breaking` resolves. */
  async one(fault: string, dcs: readonly string[], breaking: () => Promise<void>) {
    this.say(fault)
    const window: Window = { fault, dcs, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY }
    this.windows.push(window)
    await breaking()
    window.toMs = performance.now()
    await Promise.all(this.watchers.map((watcher) => watcher.caughtUp(window.toMs)))
    this.healed.set(fault, performance.now() - window.toMs)
    await pause(2_500)
  }

  /**
   * Resolves when the replica holds what the writer held when the fault ended. From then on the promise counts: a data
   * centre cannot show what its own server does not have yet. How long that takes is told beside it.
   */
  async followed(fault: string, query: Query) {
    const fromMs = performance.now()
    const held = async () => {
      const [row] = (await query('SELECT value FROM gala.change_sequence WHERE id = 1')) as { value: string }[]
      return Number(row?.value)
    }
    const behind = await held()
    const wanted = this.ledger.newestPosition
    while ((await held()) < wanted) await pause(5)
    this.told.push(
      told(`replica caught up after: ${fault}`, performance.now() - fromMs, 'ms'),
      told(`changes it was behind after: ${fault}`, wanted - behind, ''),
    )
  }

  async cutSubscriptions(urls: readonly string[]) {
    for (const url of urls) {
      const client = new Redis(url)
      for (let i = 0; i < 10; i++) {
        await client.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
        await pause(50)
      }
      client.disconnect()
    }
  }

  async restartedEmpty(dc: string) {
    await this.rig.client.part('kill', `${dc}.redis`)
    await rm(join(this.rig.stateDir, dc, 'redis'), { recursive: true, force: true })
    await this.rig.client.part('start', `${dc}.redis`)
  }

  async paused(part: string, forMs: number) {
    await this.rig.client.part('pause', part)
    await pause(forMs)
    await this.rig.client.part('resume', part)
  }

  /** Killed, and answering again: its supervisor has brought it back. */
  async killed(part: string) {
    const watcher = this.watchers.find(({ process }) => process === part)
    if (!watcher) throw new Error(`nobody watches ${part}`)
    const before = watcher.reads
    await this.rig.client.part('kill', part)
    await until(() => watcher.reads > before + 1, `${part} does not come back`, 30_000, 5)
  }

  /** The server whose death makes another one take over, and how long that took. */
  async failedOver(fault: string, part: string, takenOver: () => Promise<boolean>) {
    const fromMs = performance.now()
    await this.rig.client.part('kill', part)
    await until(() => takenOver().catch(() => false), `nobody takes over from ${part}`, 30_000, 20)
    this.told.push(told(`taken over after: ${fault}`, performance.now() - fromMs, 'ms'))
    await this.rig.client.part('start', part)
  }

  async onReplica(dc: string, work: (query: Query, writerPort: number) => Promise<void>) {
    const urls = this.rig.status.dcs.map(({ id, mysql }) => ({ id, port: Number(new URL(mysql).port) }))
    const own = urls.find(({ id }) => id === dc)
    const writer = this.rig.status.dcs.find(({ role }) => role === 'writer')
    const connection = await createConnection({ uri: await this.rig.client.adminUrl(own?.port ?? 0) })
    const writerPort = urls.find(({ id }) => id === writer?.id)?.port ?? 0
    try {
      await work(async (sql) => (await connection.query<RowDataPacket[]>(sql))[0], writerPort)
    } finally {
      await connection.end()
    }
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
