import { randomHex, systemClock } from '@gala/kernel'
import { afterAll, afterEach, describe } from '@jest/globals'
import { Admin } from '@platformatic/kafka'
import { eventLogConformance } from './conformance.js'
import { crashConformance } from './conformance-crash.js'
import { KafkaEventLog } from './kafka-event-log.js'
import { parseKafkaUrl } from './kafka-url.js'

const address = parseKafkaUrl(process.env['GALA_TEST_KAFKA_URL'] ?? '') ?? {
  ...{ brokers: [], tls: false, username: undefined, password: undefined },
}
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('KafkaEventLog', () => {
  const opened: KafkaEventLog[] = []
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: address.brokers })
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close()
  })
  afterAll(() => admin.close())

  const connect = (prefix: string, parts = 2, more: { bytesMax?: number; timeoutMs?: number } = {}) => {
    const log = new KafkaEventLog({ address, prefix, parts, clock: systemClock, ...more })
    opened.push(log)
    return log
  }
  const open = async ({ parts, bytesMax }: { parts?: number; bytesMax?: number } = {}) => {
    const prefix = `t.${randomHex(8)}.`
    const more = bytesMax === undefined ? {} : { bytesMax }
    const there = async () => (await admin.listTopics()).filter((name) => name.startsWith(prefix))
    return {
      log: connect(prefix, parts, more),
      another: async () => connect(prefix, parts, more),
      empty: async () => {
        await admin.deleteTopics({ topics: await there() })
        while ((await there()).length > 0) await nextTurn()
      },
      // A broker keeps its own time: nothing but letting it pass will do.
      pass: async (ms: number) => void (await new Promise((resolve) => setTimeout(resolve, ms))),
      prefix,
    }
  }

  eventLogConformance(open)

  const prefix = `t.${randomHex(8)}.`
  crashConformance(
    async () => connect(prefix, 1, { timeoutMs: 2_000 }),
    () => process.env['GALA_TEST_KAFKA_PROCESS'] ?? '',
  )
})
