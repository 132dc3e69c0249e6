import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Part } from '../part.js'
import { kafka, kafkaUrlOf } from '../parts/kafka.js'
import { redisParts, redisUrlOf } from '../parts/redis.js'

/**
 * A Kafka and a Redis that suites of the event log may kill: they rise again by themselves, and who wants to kill one finds its process
 * in a file.
 */
export async function startEventLogs(root: string, stateDir: string, firstPort: number) {
  const dirs = { log: join(stateDir, 'log'), run: join(stateDir, 'run') }
  const dir = join(stateDir, 'event-logs')
  await rm(dir, { recursive: true, force: true })
  const [redisPort, ...kafkaPorts] = [firstPort, firstPort + 1, firstPort + 2] as const
  const specs = [
    ...redisParts({ dc: 'test-log', form: 'single', ports: [redisPort], dir: join(dir, 'redis') }),
    kafka({ root, name: 'test-log.kafka', dc: 'test-log', ports: kafkaPorts, dir: join(dir, 'kafka') }),
  ]
  const parts = specs.map((spec) => new Part({ ...spec, restarts: true }, dirs, () => {}))
  await Promise.all(parts.map((part) => part.start()))
  return {
    env: {
      GALA_TEST_LOG_REDIS_URL: redisUrlOf('single', [redisPort]),
      GALA_TEST_LOG_REDIS_PROCESS: join(dirs.run, 'test-log.redis.json'),
      GALA_TEST_KAFKA_URL: kafkaUrlOf(kafkaPorts),
      GALA_TEST_KAFKA_PROCESS: join(dirs.run, 'test-log.kafka.json'),
    },
    stop: async () => void (await Promise.all(parts.map((part) => part.stop()))),
  }
}
