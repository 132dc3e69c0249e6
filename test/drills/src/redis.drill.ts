import { Redis } from 'ioredis'
import type { Faults } from './faults.js'
import type { Drill } from './rig.js'
import { underEdits } from './under-edits.js'

/** Eleven Redis processes share the machine with everything else. */
const load = { editors: 4, writesMin: 1_000 }

export const redisDrill: Drill = {
  about: 'the same with a Redis behind Sentinels in one data centre and a Redis Cluster in the other: masters die',
  sizes: { application: 2, redis: ['sentinel', 'cluster'] },
  run: (rig, say) => underEdits(rig, say, load, killMasters),
}

async function killMasters(faults: Faults) {
  const [a, b] = faults.rig.status.dcs
  if (!a || !b) throw new Error('a data centre is missing')
  const portsOf = (url: string) => [...url.matchAll(/:(\d+)/g)].map(([, port]) => Number(port))
  const nodes = portsOf(b.redis)
  const sentinel = portsOf(a.redis)[0] ?? 0
  const subscribed = [await masterOf(sentinel), ...nodes].map((port) => `redis://127.0.0.1:${port}`)
  await faults.one('subscriptions of both DCs killed', [a.id, b.id], () => faults.cutSubscriptions(subscribed))
  const first = `master behind the Sentinels of ${a.id} killed`
  await faults.one(first, [a.id], async () => {
    const master = await masterOf(sentinel)
    await faults.failedOver(first, partAt(faults, master), async () => (await masterOf(sentinel)) !== master)
  })
  // One that has just taken over has no replica yet that could do the same.
  const atFirst = await mastersOf(nodes)
  for (const turn of ['a first', 'a second', 'a third']) {
    const fault = `${turn} master of the cluster of ${b.id} killed`
    await faults.one(fault, [b.id], async () => {
      const master = (await mastersOf(nodes)).find((port) => atFirst.includes(port)) ?? 0
      const others = nodes.filter((port) => port !== master)
      await faults.failedOver(fault, partAt(faults, master), async () => !(await mastersOf(others)).includes(master))
    })
  }
}

/** The name of the part that listens on a port: a master may be another one than a moment ago. */
function partAt({ rig }: Faults, port: number): string {
  const found = rig.status.dcs.flatMap(({ parts }) => parts).find(({ url }) => url.endsWith(`:${port}`))
  if (!found) throw new Error(`no part listens on ${port}`)
  return found.name
}

/** Port of the master the Sentinels agree on. */
async function masterOf(sentinelPort: number): Promise<number> {
  return ask(sentinelPort, async (sentinel) => {
    const [, port] = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'gala')) as string[]
    return Number(port)
  })
}

/** Ports of the masters that serve all slots between them, as every one of these nodes sees it. @throws while they do not. */
async function mastersOf(ports: readonly number[]): Promise<number[]> {
  const views = await Promise.all(
    ports.map((port) =>
      ask(port, async (node) => {
        if (!String(await node.cluster('INFO')).includes('cluster_state:ok')) throw new Error('slots are not served')
        return (await node.cluster('SLOTS')).map(([, , master]) => Number(master?.[1]))
      }),
    ),
  )
  return [...new Set(views.flat())]
}

async function ask<T>(port: number, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => null, commandTimeout: 500, connectTimeout: 500 })
  redis.on('error', () => {})
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}
