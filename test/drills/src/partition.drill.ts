import { until } from '@gala/platform'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { Audience } from './audience.js'
import { Ledger, operator, writeEvents } from './edits.js'
import { pause } from './faults.js'
import { heldAgainst, likesHeldAgainst, likesOf } from './held-against.js'
import { atLeast, atMost, type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'
import { Writer } from './writers.js'

const ratePerS = 100
const eventsCount = 40
const aliveMs = 5_000
const cutMs = 60_000
const lookEveryMs = 20
const currentWithinMs = 1_000

export const partitionDrill: Drill = {
  about: 'the data centres cut off from each other, then one from everything, with writes tried on both sides',
  sizes: {},
  links: { delayMs: 1 },
  run: async (rig, say) => {
    const events = await writeEvents(rig, 'cut', eventsCount)
    const both = async (cut: boolean, ...pairs: [string, string][]) => {
      for (const [a, b] of pairs) {
        const link = rig.client.link(a, b)
        if (cut) await link.cut()
        else await link.mend()
      }
    }
    return [
      ...(await cut(rig, 'the link is cut', events, say, (on) => both(on, ['dc-a', 'dc-b']))),
      ...(await cut(rig, 'dc-a is cut off', events, say, (on) => both(on, ['dc-a', 'dc-b'], ['dc-a', 'witness']))),
    ]
  },
}

async function cut(
  rig: Rig,
  what: string,
  events: string[],
  say: (line: string) => void,
  breaking: (on: boolean) => Promise<void>,
): Promise<Figure[]> {
  const name = (of: string) => `${what}: ${of}`
  const { dcs } = rig.status
  const ledger = new Ledger()
  const likesBefore = await likesOf(rig, events)
  const admin = await rig.client.token('admin', 3_600, 'drill')
  const bases = dcs.map(({ base }) => operator(base[0] ?? '', admin))
  const writers = bases.map((base, i) => new Writer(`cut-writer-${what.replaceAll(' ', '-')}-${i}`, [base], ledger, 0))
  const edges = dcs.map(({ edge }) => edge)
  const audience = new Audience(edges, events, ratePerS)
  const watch = await WriterWatch.on(rig)
  await pause(aliveMs)
  say(`${what} for ${cutMs / 1_000} s`)
  const cutAtMs = performance.now()
  await breaking(true)
  await pause(cutMs)
  const during = audience.told.filter(({ atMs, kind }) => kind === 'read' && atMs >= cutAtMs)
  const writes = writers.map(({ acknowledgedMs }) => acknowledgedMs.filter((at) => at >= cutAtMs + 5_000).length)
  say(`mended; writes acknowledged meanwhile: ${writes.join(' and ')}`)
  for (const { id, why } of writers) say(`${id} was refused: ${JSON.stringify(Object.fromEntries(why))}`)
  await breaking(false)
  const mendedMs = performance.now()
  const positions = async () => {
    const { items, writer } = (await (bases[0] as (typeof bases)[number]).datacentres.board({})).data
    return { writer: writer.dc, all: items.map(({ mysql }) => (mysql.detail === null ? mysql.position : null)) }
  }
  const joined = async () => {
    const { writer, all } = await positions().catch(() => ({ writer: null, all: [] }))
    return writer !== null && all.length > 0 && all.every((each) => each !== null && each === all[0])
  }
  for (const each of writers) await each.stop()
  await until(joined, () => 'the servers do not come together', 60_000, 50)
  const joinedMs = performance.now() - mendedMs
  const staleMs = await untilCurrent(rig, writers)
  await audience.stop()
  await watch.stop()
  const { lost, twice } = await heldAgainst(rig, writers)
  const likes = await likesHeldAgainst(rig, audience, likesBefore)
  return [
    atMost(name('moments in which two servers took writes'), watch.twice, '', 0),
    told(name('looks at both servers'), watch.looks, ''),
    atLeast(
      name('writes acknowledged meanwhile'),
      writes.reduce((all, each) => all + each, 0),
      '',
      1,
    ),
    atMost(name('sides that acknowledged writes'), writes.filter((count) => count > 0).length, '', 1),
    told(name('reads'), during.length, ''),
    atMost(name('reads that failed'), during.filter(({ outcome }) => outcome === 'bad').length, '', 0),
    told(name('reads answered degraded'), during.filter(({ outcome }) => outcome === 'degraded').length, ''),
    atMost(name('acknowledged writes lost'), lost, '', 0),
    atMost(name('writes made twice'), twice, '', 0),
    atMost(name('acknowledged likes lost'), likes.lost, '', 0),
    atMost(name('likes counted twice'), likes.twice, '', 0),
    told(name('mended: until both servers held the same'), joinedMs, 'ms'),
    atMost(name('mended: until nothing old was read, after that'), staleMs, 'ms', currentWithinMs),
  ]
}

/** Until every application reads every event as its writer left it. */
async function untilCurrent(rig: Rig, writers: readonly Writer[]): Promise<number> {
  const startedMs = performance.now()
  for (const { application } of rig.status.dcs) {
    for (const { id, version } of writers.filter((each) => each.version > 0)) {
      const current = async () => {
        const answer = await fetch(`${application[0]}/v1/events/${id}`)
        return ((await answer.json()) as { version?: number }).version === version
      }
      await until(current, () => `${id} stays old at ${application[0]}`, 30_000, 5)
    }
  }
  return performance.now() - startedMs
}

/** Looks at both servers at once, past everything of ours, whether they would commit a write of base. */
class WriterWatch {
  looks = 0
  twice = 0
  #going = true
  readonly #ended: Promise<void>

  private constructor(private readonly servers: readonly Awaited<ReturnType<typeof createConnection>>[]) {
    this.#ended = this.#work()
  }

  static async on(rig: Rig): Promise<WriterWatch> {
    const urls = await Promise.all(rig.status.dcs.map(({ mysql }) => rig.client.adminUrl(Number(new URL(mysql).port))))
    return new WriterWatch(await Promise.all(urls.map((uri) => createConnection({ uri }))))
  }

  async stop() {
    this.#going = false
    await this.#ended
    for (const server of this.servers) await server.end()
  }

  async #work() {
    const sql = 'SELECT COUNT(*) AS takes FROM gala_local.writer WHERE until_at > SYSDATE(3) AND @@global.read_only = 0'
    while (this.#going) {
      const takes = await Promise.all(
        this.servers.map(async (server) => {
          const [rows] = await server.query<RowDataPacket[]>(sql)
          return Number(rows[0]?.['takes'])
        }),
      )
      this.looks++
      if (takes.filter((each) => each > 0).length > 1) this.twice++
      await pause(lookEveryMs)
    }
  }
}
