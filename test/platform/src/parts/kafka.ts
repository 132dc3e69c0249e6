import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { brokersOf } from '@gala/eventlog'
import type { PartSpec } from '../part.js'
import { runOnce } from '../process.js'
import { program } from '../programs.js'

export interface KafkaOptions {
  /** The checkout. */
  root: string
  name: string
  dc: string
  /** Of the broker, and of the controller in it. */
  ports: readonly number[]
  dir: string
}

const host = '127.0.0.1'
const heap = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
const logging = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true']

export const kafkaUrlOf = ([broker = 0]: readonly number[]) => `kafka://${host}:${broker}`

/** A broker that is its own controller, with the settings of `deploy/kafka` but for copies, of which one has to be enough here. */
export function kafka({ root, name, dc, ports, dir }: KafkaOptions): PartSpec {
  const [broker = 0] = ports
  const file = join(dir, 'server.properties')
  const java = (...args: string[]) => ({
    file: program('java'),
    args: [...heap, ...logging, '-cp', classPath(root), ...args],
  })
  return {
    name,
    kind: 'kafka',
    dc,
    url: kafkaUrlOf(ports),
    prepare: async () => {
      await mkdir(dir, { recursive: true })
      await writeFile(file, settings(root, ports, join(dir, 'data')))
      if (existsSync(join(dir, 'data', 'meta.properties'))) return
      // An identifier of its own each time: a log that was emptied is not the one it was.
      const cluster = `A${randomBytes(16).toString('base64url').slice(1, 22)}`
      await runOnce('format', java('kafka.tools.StorageTool', 'format', '-t', cluster, '-c', file), 60_000)
    },
    command: () => java('kafka.Kafka', file),
    probe: async () => void (await brokersOf(host, broker, 1_000)),
    stopSignal: 'SIGTERM',
    restarts: false,
  }
}

/** What the set-up has fetched. */
function classPath(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'test/platform/setup/kafka/jars.json'), 'utf8')) as {
    version: string
  }
  const dir = join(root, '.gala', 'kafka', version)
  if (!existsSync(dir)) throw new Error('Kafka is not there; run: npm start -- --kafka, which fetches it')
  return readdirSync(dir)
    .filter((jar) => jar.endsWith('.jar'))
    .map((jar) => join(dir, jar))
    .join(delimiter)
}

/** Of two lines about the same thing, the later one counts. */
function settings(root: string, [broker = 0, controller = 0]: readonly number[], data: string): string {
  const own = {
    'node.id': 1,
    'log.dirs': data,
    listeners: `BROKER://${host}:${broker},CONTROLLER://${host}:${controller}`,
    'advertised.listeners': `BROKER://${host}:${broker}`,
    'controller.quorum.voters': `1@${host}:${controller}`,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'num.partitions': 2,
    // One that was killed is not taken back before its controller has given up the one it was.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
  }
  const lines = Object.entries(own).map(([key, value]) => `${key}=${value}`)
  return [readFileSync(join(root, 'deploy/kafka/broker.properties'), 'utf8'), ...lines, ''].join('\n')
}
