import { until } from '@gala/platform'
import { Pool, request } from 'undici'
import { cachez, loadsOf } from './cachez.js'
import { edit, Ledger, operator } from './edits.js'
import { pause } from './faults.js'
import { atLeast, atMost, type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'

const outageMs = 60_000
/** Events that are read all the time, each through the edge and in every process. */
const keysCount = 40
const editEveryMs = 500
const growthMbMax = 64

export const outageDrill: Drill = {
  about: 'Redis of one data centre is away for a minute under load',
  sizes: { application: 2 },
  run: outage,
}

async function outage(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const [a] = rig.status.dcs
  if (!a) throw new Error('there is no data centre')
  const ops = operator(a.base[0] ?? '', await rig.client.token('operator', 600, 'drill'))
  const ledger = new Ledger()
  const ids = Array.from({ length: keysCount }, (_, i) => `outage-${process.pid}-${i}`)
  for (const id of ids) await edit(ops, ledger, id, 0)
  const load = new Load([a.edge, ...a.application], ids, ledger)
  await until(() => load.reads > 2_000, 'nothing is read', 20_000)
  const before = { loads: await loadsOf(a.application), sizes: await sizesOf(a.application) }

  say(`Redis of ${a.id} is killed`)
  await rig.client.part('kill', `${a.id}.redis`)
  const fromMs = performance.now()
  for (let i = 0; performance.now() - fromMs < outageMs; i++) {
    const id = ids[i % ids.length] ?? ''
    await edit(ops, ledger, id, ledger.newestAt(id, performance.now()))
    await pause(editEveryMs)
  }
  const away = { loads: await loadsOf(a.application), sizes: await sizesOf(a.application), read: load.reads }
  const seconds = (performance.now() - fromMs) / 1000

  say('Redis is started again')
  await rig.client.part('start', `${a.id}.redis`)
  const startedMs = performance.now()
  const live = async () => (await Promise.all(a.application.map(cachez))).every(({ bus }) => bus.live)
  await until(live, 'a process does not find its way back', 20_000, 20)
  const backMs = performance.now() - startedMs
  await load.stop()

  const keysOfAll = keysCount * a.application.length
  const loads = away.loads - before.loads
  const growth = away.sizes.map(({ rssMb }, i) => rssMb - (before.sizes[i]?.rssMb ?? 0))
  return [
    atLeast('reads while Redis was away', away.read, '', 5_000),
    atMost('failed reads', load.failed, '', 0),
    atMost('unmarked reads staler than 3 s', load.stale, '', 0),
    atLeast('edits while Redis was away', ledger.count - keysCount, '', 60),
    // A copy nobody vouches for is believed for a second: a load a key, process and second at most, and one more.
    atMost('loads from MySQL while Redis was away', loads, '', Math.ceil(keysOfAll * (seconds + 1))),
    told('loads from MySQL a key, process and second', loads / (keysOfAll * seconds), ''),
    atMost(
      'values in memory of a process, most',
      Math.max(...away.sizes.map(({ entries }) => entries)),
      '',
      keysCount + 10,
    ),
    atMost('loads under way in a process, most', Math.max(...away.sizes.map(({ loading }) => loading)), '', keysCount),
    atMost('growth of a process in that minute, most', Math.max(...growth), 'MB', growthMbMax),
    told('after Redis is back, every process knows so within', backMs, 'ms'),
  ]
}

async function sizesOf(urls: readonly string[]) {
  return Promise.all(
    urls.map(async (url) => {
      const { memory } = await cachez(url)
      const metrics = await (await request(`${url}/metrics`)).body.text()
      const rss = /^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1]
      return { entries: memory.entries, loading: memory.loading, rssMb: Number(rss) / 1_048_576 }
    }),
  )
}

/** Reads through the edge and in every process, and holds what is not marked against what was written three seconds ago. */
class Load {
  reads = 0
  failed = 0
  stale = 0
  #going = true
  readonly #ended: Promise<unknown>
  readonly #pools: Pool[]

  constructor(
    urls: readonly string[],
    private readonly ids: readonly string[],
    private readonly ledger: Ledger,
  ) {
    this.#pools = urls.map((url) => new Pool(url, { connections: 4 }))
    this.#ended = Promise.all(this.#pools.flatMap((pool) => [this.#read(pool), this.#read(pool)]))
  }

  async stop() {
    this.#going = false
    await this.#ended
    await Promise.all(this.#pools.map((pool) => pool.destroy()))
  }

  async #read(pool: Pool) {
    for (let i = 0; this.#going; i++) {
      const id = this.ids[i % this.ids.length] ?? ''
      // A second in application, a second in access and the edge's: what the promise of each adds up to.
      const wanted = this.ledger.newestAt(id, performance.now() - 3_000)
      try {
        const { statusCode, headers, body } = await pool.request({ method: 'GET', path: `/v1/events/${id}` })
        const { version } = (await body.json()) as { version: number }
        this.reads++
        if (statusCode !== 200) this.failed++
        else if (headers['x-gala-cache'] !== 'stale' && version < wanted) this.stale++
      } catch {
        this.failed++
      }
      await pause(2)
    }
  }
}
