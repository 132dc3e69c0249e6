import { Redis } from 'ioredis'
import type { Faults } from './faults.js'
import type { Drill } from './rig.js'
import { underEdits } from './under-edits.js'

const writesMin = 1_000

export const redisDrill: Drill = {
  about: 'the same with a Redis behind Sentinels in one data centre and a Redis Cluster in the other: masters die',
  sizes: { application: 2, redis: ['sentinel', 'cluster'] },
  run: (rig, say) => underEdits(rig, say, writesMin, killMasters),
}

async function killMasters(faults: Faults) {
  const [a, b] = faults.rig.status.dcs
  if (!a || !b) throw new Error('a data centre is missing')
  const portsOf = (url: string) => [...url.matchAll(/:(\d+)/g)].map(([, port]) => Number(port))
  const nodes = portsOf(b.redis)
  const sentinel = portsOf(a.redis)[0] ?? 0
  const master = await masterOf(sentinel)
  const subscribed = [master, ...nodes].map((port) => `redis://127.0.0.1:${port}`)
  await faults.one('subscriptions of both DCs killed', [a.id, b.id], () => faults.cutSubscriptions(subscribed))
  const first = `master behind the Sentinels of ${a.id} killed`
  await faults.one(first, [a.id], () =>
    faults.failedOver(first, `${a.id}.redis-1`, async () => (await masterOf(sentinel)) !== master),
  )
  for (const index of [1, 2, 3]) {
    const fault = `master ${index} of the cluster of ${b.id} killed`
    const asked = nodes.filter((_, i) => i !== index - 1)
    await faults.one(fault, [b.id], () =>
      faults.failedOver(fault, `${b.id}.redis-${index}`, () => covered(asked, nodes[index - 1])),
    )
  }
}

/** Port of the master the Sentinels agree on. */
async function masterOf(sentinelPort: number): Promise<number> {
  return ask(sentinelPort, async (sentinel) => {
    const [, port] = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'gala')) as string[]
    return Number(port)
  })
}

/** True when every slot is served by a master, and none by the one that died. */
async function covered(ports: readonly number[], dead: number | undefined): Promise<boolean> {
  const states = await Promise.all(
    ports.map((port) =>
      ask(port, async (node) => {
        const ok = String(await node.cluster('INFO')).includes('cluster_state:ok')
        const slots = await node.cluster('SLOTS')
        return ok && slots.every(([, , master]) => Number(master?.[1]) !== dead)
      }).catch(() => false),
    ),
  )
  return states.every(Boolean)
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
