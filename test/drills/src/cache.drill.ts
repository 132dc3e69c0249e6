import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type PlatformClient, type PlatformStatus, until } from '@gala/platform'
import type { OpsClient } from '@gala/sdk'
import { Redis } from 'ioredis'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { Editor, edit, Ledger, operator } from './edits.js'
import { atLeast, atMost, type Figure, quantile, told } from './report.js'
import { TcpLink } from './tcp-link.js'
import { Watcher, type Window } from './watch.js'

const promiseMs = 1_000
const writesMin = 10_000
const editors = 12
const editPauseMs = 25
/** Beyond that the drill ends, whatever it has: writes that are this slow are a finding, not a reason to run on. */
const visibleTurns = 300
const longestMs = 360_000

interface Rig {
  client: PlatformClient
  status: PlatformStatus
  stateDir: string
}

/** Edits and reads without pause while one thing after the other breaks. */
export async function cacheDrill(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const ledger = new Ledger()
  const windows: Window[] = []
  const token = await rig.client.token('operator', 3600, 'drill')
  const bases = rig.status.dcs.map(({ base }) => operator(base[0] ?? '', token))
  const watchers = rig.status.dcs.flatMap(({ id, application }) =>
    application.map((url, i) => new Watcher(`${id}.application-${i + 1}`, id, url, ledger, windows, promiseMs)),
  )
  const writing = Array.from({ length: editors }, (_, i) => {
    const ops = bases[i % bases.length] as (typeof bases)[number]
    return new Editor(`drill-${process.pid}-${i}`, ops, ledger, editPauseMs)
  })
  await until(() => ledger.ids.length === editors, 'nothing can be written', 20_000)
  for (const watcher of watchers) watcher.watch()
  const visible = await visibilities(bases, watchers, ledger)
  const faults = new Faults(rig, ledger, watchers, windows, say)
  const startedMs = performance.now()
  const healed = await faults.all()
  say(`${ledger.count} writes so far; going on in health`)
  await until(() => ledger.count >= writesMin || performance.now() - startedMs > longestMs, 'never', longestMs + 1_000)
  for (const editor of writing) await editor.stop()
  for (const watcher of watchers) await watcher.caughtUp(performance.now())
  const lost = await lostWrites(bases, ledger)
  for (const watcher of watchers) await watcher.stop()
  return [...figures(ledger, watchers, visible, healed, lost, say), ...faults.followed]
}

function figures(
  ledger: Ledger,
  watchers: readonly Watcher[],
  visible: { own: number[]; other: number[] },
  healed: ReadonlyMap<string, number>,
  lost: number,
  say: (line: string) => void,
): Figure[] {
  const sum = (of: (watcher: Watcher) => number) => watchers.reduce((n, watcher) => n + of(watcher), 0)
  const stale = watchers.flatMap((watcher) => watcher.stale)
  const inHealth = stale.filter(({ fault }) => fault === undefined)
  for (const { process, detail, lateMs } of inHealth.slice(0, 5)) {
    say(`stale in health: ${process} ${detail}, ${Math.round(lateMs)} ms late`)
  }
  return [
    atLeast('acknowledged writes', ledger.count, '', writesMin),
    told('refused writes', ledger.failed, ''),
    atMost('lost writes', lost, '', 0),
    told(
      'reads',
      sum(({ reads }) => reads),
      '',
    ),
    told(
      'reads marked as stale',
      sum(({ marked }) => marked),
      '',
    ),
    told(
      'reads that found their process killed',
      sum(({ failed }) => failed),
      '',
    ),
    atMost('unmarked reads staler than 1 s, in health', inHealth.length, '', 0),
    told('unmarked reads staler than 1 s, during faults', stale.length - inHealth.length, ''),
    told('visible in own DC, p50', quantile(visible.own, 0.5), 'ms'),
    atMost('visible in own DC, p99', quantile(visible.own, 0.99), 'ms', 200),
    told('visible in other DC, p50', quantile(visible.other, 0.5), 'ms'),
    atMost('visible in other DC, p99', quantile(visible.other, 0.99), 'ms', 200),
    ...[...healed].map(([fault, ms]) => atMost(`healed after: ${fault}`, ms, 'ms', promiseMs)),
  ]
}

/** Every event as the writer holds it: at least as new as was acknowledged. */
async function lostWrites(bases: readonly OpsClient[], ledger: Ledger): Promise<number> {
  let lost = 0
  for (const id of ledger.ids) {
    const { data } = await (bases[0] as OpsClient).events.detail({ params: { id } })
    lost += Math.max(0, ledger.newestAt(id, performance.now()) - data.version)
    if (data.venue !== `venue ${data.version}`) lost++
  }
  return lost
}

/**
 * Edits by turns at each data centre, and how long until each application shows it, in ms from the acknowledgement.
 * Before the first fault: what is asked here is how fast it is, not whether it holds.
 */
async function visibilities(bases: readonly OpsClient[], watchers: readonly Watcher[], ledger: Ledger) {
  const found = { own: [] as number[], other: [] as number[] }
  const dcs = [...new Set(watchers.map(({ dc }) => dc))]
  for (let turn = 0; turn < visibleTurns; turn++) {
    const at = turn % bases.length
    const id = `drill-${process.pid}-seen-${at}`
    const version = await edit(bases[at] as OpsClient, ledger, id, ledger.newestAt(id, performance.now()))
    const acknowledgedMs = performance.now()
    const seen = async (watcher: Watcher) => {
      while ((await watcher.read(id)).version < version) await new Promise((resolve) => setImmediate(resolve))
      const list = watcher.dc === dcs[at] ? found.own : found.other
      list.push(performance.now() - acknowledgedMs)
    }
    await Promise.all(watchers.map(seen))
  }
  return found
}

class Faults {
  /** How the replica followed after it had been cut off. */
  readonly followed: Figure[] = []

  constructor(
    private readonly rig: Rig,
    private readonly ledger: Ledger,
    private readonly watchers: readonly Watcher[],
    private readonly windows: Window[],
    private readonly say: (line: string) => void,
  ) {}

  /** Each fault, and how long after its end every process was current again, in ms. */
  async all(): Promise<Map<string, number>> {
    const [a, b] = this.rig.status.dcs.map(({ id }) => id) as [string, string]
    const healed = new Map<string, number>()
    const one = async (fault: string, dcs: string[], breaking: () => Promise<void>) => {
      this.say(fault)
      const window: Window = { fault, dcs, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY }
      this.windows.push(window)
      await breaking()
      window.toMs = performance.now()
      await Promise.all(this.watchers.map((watcher) => watcher.caughtUp(window.toMs)))
      healed.set(fault, performance.now() - window.toMs)
      await pause(2_500)
    }
    await one('subscriptions of both DCs killed', [a, b], () => this.#cutSubscriptions())
    await one(`Redis of ${b} restarted empty`, [b], () => this.#restartEmpty(b))
    await one(`Redis of ${a} paused for 5 s`, [a], () => this.#paused(`${a}.redis`, 5_000))
    await this.#onReplica(b, async (query, writerPort) => {
      const link = await TcpLink.open(writerPort)
      await query(`STOP SLAVE`)
      await query(`CHANGE MASTER TO MASTER_PORT=${link.port}`)
      await query(`START SLAVE`)
      await pause(1_000)
      await one('link between the DCs cut for 20 s', [b], async () => {
        link.cut()
        await pause(20_000)
        link.mend()
        await this.#followed('link between the DCs cut for 20 s', query)
      })
      await one(`replica of ${b} stopped for 2 s`, [b], async () => {
        await query('STOP SLAVE SQL_THREAD')
        await pause(2_000)
        await query('START SLAVE SQL_THREAD')
        await this.#followed(`replica of ${b} stopped for 2 s`, query)
      })
      await one(`replica of ${b} a second behind for 5 s`, [b], async () => {
        await query('STOP SLAVE')
        await query('CHANGE MASTER TO MASTER_DELAY=1')
        await query('START SLAVE')
        await pause(5_000)
        await query('STOP SLAVE')
        await query(`CHANGE MASTER TO MASTER_DELAY=0, MASTER_PORT=${writerPort}`)
        await query('START SLAVE')
      })
      link.close()
    })
    await one(`an application of ${a} killed`, [a], () => this.#killed(`${a}.application-1`))
    await one(`both applications of ${b} killed`, [b], async () => {
      await Promise.all([this.#killed(`${b}.application-1`), this.#killed(`${b}.application-2`)])
    })
    return healed
  }

  /**
   * Resolves when the replica holds what the writer held when the fault ended. From then on the promise counts: a data
   * centre cannot show what its own server does not have yet. How long that takes is told beside it.
   */
  async #followed(fault: string, query: (sql: string) => Promise<unknown>) {
    const fromMs = performance.now()
    const held = async () => {
      const [row] = (await query('SELECT value FROM gala.change_sequence WHERE id = 1')) as { value: string }[]
      return Number(row?.value)
    }
    const behind = await held()
    const wanted = this.ledger.newestPosition
    while ((await held()) < wanted) await pause(5)
    this.followed.push(
      told(`replica caught up after: ${fault}`, performance.now() - fromMs, 'ms'),
      told(`changes it was behind after: ${fault}`, wanted - behind, ''),
    )
  }

  async #cutSubscriptions() {
    for (const { redis } of this.rig.status.dcs) {
      const client = new Redis(redis)
      for (let i = 0; i < 10; i++) {
        await client.call('CLIENT', 'KILL', 'TYPE', 'PUBSUB')
        await pause(50)
      }
      client.disconnect()
    }
  }

  async #restartEmpty(dc: string) {
    await this.rig.client.part('kill', `${dc}.redis`)
    await rm(join(this.rig.stateDir, dc, 'redis'), { recursive: true, force: true })
    await this.rig.client.part('start', `${dc}.redis`)
  }

  async #paused(part: string, forMs: number) {
    await this.rig.client.part('pause', part)
    await pause(forMs)
    await this.rig.client.part('resume', part)
  }

  /** Killed, and answering again: its supervisor has brought it back. */
  async #killed(part: string) {
    const watcher = this.watchers.find(({ process }) => process === part)
    if (!watcher) throw new Error(`nobody watches ${part}`)
    const before = watcher.reads
    await this.rig.client.part('kill', part)
    await until(() => watcher.reads > before + 1, `${part} does not come back`, 30_000, 5)
  }

  async #onReplica(dc: string, work: (query: (sql: string) => Promise<unknown>, writerPort: number) => Promise<void>) {
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

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
