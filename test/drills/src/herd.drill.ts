import { until } from '@gala/platform'
import { Pool } from 'undici'
import { cachez, loadsOf } from './cachez.js'
import { edit, Ledger, operator } from './edits.js'
import { pause } from './faults.js'
import { atMost, type Figure, told } from './report.js'
import type { Drill, Rig } from './rig.js'

const keysCount = 1_000
/** Every process is asked for every key about twice a second. */
const roundMs = 500
const sliceMs = 100
/** Requests at a time in each process: more, and two cores would be so busy that Redis seems to be away. */
const atOnce = 5
/** As long as a value is fresh, plus the part of it again in which it is renewed behind the answer. */
const watchedMs = 70_000

export const herdDrill: Drill = {
  about: 'many processes ask for what nobody has, for what ends at the same moment, and for what a change has ended',
  sizes: { application: 5 },
  run: herd,
}

interface Dc {
  id: string
  urls: string[]
  pools: Pool[]
}

async function herd(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const dcs = rig.status.dcs.map(({ id, application }) => ({
    id,
    urls: application,
    pools: application.map((url) => new Pool(url, { connections: 8, pipelining: 8 })),
  }))
  try {
    const cold: Figure[] = []
    for (const dc of dcs) cold.push(await coldKey(dc))
    say(`${keysCount} keys, read in all processes of both DCs until they have all been renewed`)
    const expiring = await expiry(dcs)
    say('one change ends all of them at once')
    const changed = await oneChange(rig, dcs)
    return [...cold, ...expiring, ...changed]
  } finally {
    await Promise.all(dcs.flatMap(({ pools }) => pools.map((pool) => pool.destroy())))
  }
}

/** All processes of a data centre are asked for a key nobody has, forty at a time. */
async function coldKey({ id, urls, pools }: Dc): Promise<Figure> {
  const before = await loadsOf(urls, 'event')
  const path = `/v1/events/nobody-has-asked-for-${id}`
  const statuses = await Promise.all(pools.flatMap((pool) => Array.from({ length: 40 }, () => get(pool, path))))
  if (statuses.some((status) => status !== 404)) throw new Error(`${path} was answered with ${statuses.join(', ')}`)
  const loads = (await loadsOf(urls, 'event')) - before
  return atMost(`loads of a cold key asked 40 times at once in each of ${urls.length} processes, ${id}`, loads, '', 1)
}

const pageOf = (key: number) => `/v1/events?page=${1 + key}&pageSize=7`

/** All keys are loaded together, so their time is over together. */
async function expiry(dcs: readonly Dc[]): Promise<Figure[]> {
  for (const { pools } of dcs) await readAll(pools)
  const readers = new AbortController()
  const reading = dcs.map(({ pools }) => keepReading(pools, readers.signal))
  const figures = await Promise.all(
    dcs.map(async ({ id, urls }) => {
      const counts = [await loadsOf(urls, 'events')]
      for (const endMs = performance.now() + watchedMs; performance.now() < endMs; ) {
        await pause(sliceMs)
        counts.push(await loadsOf(urls, 'events'))
      }
      const steps = counts.slice(1).map((count, i) => count - (counts[i] ?? 0))
      const busy = steps.flatMap((step, i) => (step > 0 ? [i] : []))
      const spreadS = (((busy.at(-1) ?? 0) - (busy[0] ?? 0)) * sliceMs) / 1000
      return [
        atMost(`loads per key that expired, ${id}`, steps.reduce((a, b) => a + b, 0) / keysCount, '', 1),
        told(`loads per key that expired, most within ${sliceMs} ms, ${id}`, Math.max(...steps) / keysCount, ''),
        told(`renewals spread over, ${id}`, spreadS, 's'),
      ]
    }),
  )
  readers.abort()
  await Promise.all(reading)
  return figures.flat()
}

/** A new event touches every page of the list. */
async function oneChange(rig: Rig, dcs: readonly Dc[]): Promise<Figure[]> {
  const before = await Promise.all(dcs.map(({ urls }) => loadsOf(urls, 'events')))
  const ops = operator(rig.status.dcs[0]?.base[0] ?? '', await rig.client.token('operator', 600, 'drill'))
  const ledger = new Ledger()
  await edit(ops, ledger, `herd-${process.pid}`, 0)
  const heard = async () => (await Promise.all(dcs.flatMap(({ urls }) => urls.map(cachez)))).map(({ bus }) => bus)
  const all = async () => (await heard()).every(({ appliedPosition }) => appliedPosition >= ledger.newestPosition)
  await until(all, 'a process does not hear of the change', 10_000)
  for (const { pools } of dcs) await readAll(pools)
  const after = await Promise.all(dcs.map(({ urls }) => loadsOf(urls, 'events')))
  return dcs.map(({ id }, i) =>
    atMost(`loads per key that a change ended, ${id}`, ((after[i] ?? 0) - (before[i] ?? 0)) / keysCount, '', 1),
  )
}

/** Every key in every process, all processes at the same time. */
async function readAll(pools: readonly Pool[]) {
  await Promise.all(
    pools.map(async (pool) => {
      for (let key = 0; key < keysCount; key += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, (_, i) => get(pool, pageOf(key + i))))
      }
    }),
  )
}

async function keepReading(pools: readonly Pool[], ended: AbortSignal) {
  while (!ended.aborted) {
    await readAll(pools)
    await pause(roundMs)
  }
}

async function get(pool: Pool, path: string): Promise<number> {
  const { statusCode, body } = await pool.request({ method: 'GET', path })
  await body.dump()
  return statusCode
}
