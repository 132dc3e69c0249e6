import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runBytesMax, topics } from '@gala/eventlog'
import { ran } from './programs.js'

/** Without one of these, runs a broker has acknowledged can be lost, or go before they are read. */
const promised: Record<string, Record<string, string>> = {
  'broker.properties': {
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'unclean.leader.election.enable': 'false',
    'auto.create.topics.enable': 'false',
  },
  // Copies are for a disaster: nobody reads them, so nothing about readers is carried over, nor what keeps a topic for ever.
  'mm2.properties': {
    groups: '',
    'sync.group.offsets.enabled': 'false',
    'sync.topic.configs.enabled': 'false',
    'replication.policy.class': 'org.apache.kafka.connect.mirror.DefaultReplicationPolicy',
  },
}
const topicConfigs = ['cleanup.policy=delete', 'retention.ms=-1', 'retention.bytes=-1', 'min.insync.replicas=2']
/** Keys, headers and what frames a run on its way. */
const frameBytes = 4_096

/** Lines of a properties file as Java reads them. */
function propertiesOf(dir: string, file: string): Map<string, string> {
  const text = readFileSync(join(dir, 'kafka', file), 'utf8')
  const pairs = [...text.matchAll(/^([^#=\s][^=\n]*)=(.*)$/gm)]
  return new Map(pairs.map(([, name = '', value = '']) => [name, value.replaceAll('\\\\', '\\')]))
}

/** Rules for what must not be lost, and the names the pipeline asks for. */
export function kafkaComplaints(dir: string): string[] {
  const settings = Object.entries(promised).flatMap(([file, wanted]) => {
    const own = propertiesOf(dir, file)
    return [
      ...Object.entries(wanted).flatMap(([name, value]) =>
        own.get(name) === value ? [] : [`${file}: ${name} has to be ${value || 'empty'}`],
      ),
      ...[...own.keys()]
        .filter((name) => /password|jaas/.test(name))
        .map((name) => `${file}: ${name}: a secret stands in the file`),
    ]
  })
  const bytesMax = Number(propertiesOf(dir, 'broker.properties').get('message.max.bytes'))
  if (!(bytesMax >= runBytesMax + frameBytes)) settings.push('broker.properties: message.max.bytes is less than a run')
  const copied = new RegExp(`^(?:${propertiesOf(dir, 'mm2.properties').get('topics')})$`)
  for (const topic of topics) {
    if (!copied.test(`gala.${topic}`)) settings.push(`mm2.properties: does not copy gala.${topic}`)
    if (copied.test(`dc-a.gala.${topic}`)) settings.push('mm2.properties: copies its own copies')
  }
  return [...settings, ...topicComplaints(dir)]
}

/** What the script would have made. */
function topicComplaints(dir: string): string[] {
  const env = { PATH: process.env['PATH'] ?? '', KAFKA: 'kafka:9092', KAFKA_TOPICS: 'echo', PARTITIONS: '8' }
  const { stdout, stderr } = ran('sh', [join(dir, 'kafka/topics.sh')], env)
  if (stderr) return [`topics.sh: ${stderr.trim()}`]
  const made = new Map(stdout.split('\n').map((line) => [/--topic gala\.(\S+)/.exec(line)?.[1], line]))
  return topics.flatMap((topic) => {
    const line = made.get(topic)
    if (!line) return [`topics.sh: does not make gala.${topic}`]
    return topicConfigs
      .filter((config) => !line.includes(`--config ${config}`))
      .map((config) => `topics.sh: gala.${topic} is made without ${config}`)
  })
}
