import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { redisProcesses } from '../layout.js'
import { Part } from '../part.js'
import { redisParts, redisUrlOf } from '../parts/redis.js'

const forms = ['sentinel', 'cluster'] as const

/** A Redis behind Sentinels and a cluster, for the suites that hold every form of Redis to the same promises. */
export async function startRedisSets(stateDir: string, firstPort: number) {
  const dirs = { log: join(stateDir, 'log'), run: join(stateDir, 'run') }
  const sets = forms.map((form, i) => {
    const ports = Array.from({ length: redisProcesses[form] }, (_, n) => firstPort + i * 10 + n)
    const dir = join(stateDir, 'redis-sets', form)
    const parts = redisParts({ dc: `test-${form}`, form, ports, dir }).map((spec) => new Part(spec, dirs, () => {}))
    return { form, url: redisUrlOf(form, ports), parts }
  })
  const parts = sets.flatMap((set) => set.parts)
  await rm(join(stateDir, 'redis-sets'), { recursive: true, force: true })
  await Promise.all(parts.map((part) => part.start()))
  return {
    env: Object.fromEntries(sets.map(({ form, url }) => [`GALA_TEST_REDIS_${form.toUpperCase()}_URL`, url])),
    stop: async () => void (await Promise.all(parts.map((part) => part.stop()))),
  }
}
