import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { RedisForm } from '../layout.js'
import type { PartSpec } from '../part.js'
import { runOnce } from '../process.js'
import { program } from '../programs.js'

interface Options {
  dc: string
  form: RedisForm
  ports: readonly number[]
  dir: string
}

const sentinels = 3
const masterName = 'gala'

/** The parts of one data centre's Redis. */
export function redisParts({ dc, form, ports, dir }: Options): PartSpec[] {
  const [first = 0] = ports
  if (form === 'single') return [server({ name: `${dc}.redis`, dc, port: first, dir })]
  if (form === 'cluster') {
    return ports.map((port, i) => ({
      ...server(
        { name: `${dc}.redis-${i + 1}`, dc, port, dir: `${dir}-${i + 1}` },
        '--cluster-enabled',
        'yes',
        '--cluster-node-timeout',
        '2000',
      ),
      ...(i === 0 && { afterStart: () => formCluster(ports) }),
    }))
  }
  const servers = ports.slice(0, -sentinels)
  const replicaOf = ['--replicaof', `127.0.0.1 ${first}`]
  return [
    ...servers.map((port, i) =>
      server({ name: `${dc}.redis-${i + 1}`, dc, port, dir: `${dir}-${i + 1}` }, ...(i === 0 ? [] : replicaOf)),
    ),
    ...ports.slice(-sentinels).map((port, i) => sentinel(dc, i + 1, port, `${dir}-sentinel-${i + 1}`, first)),
  ]
}

/** What is given to programs to find it. */
export function redisUrlOf(form: RedisForm, ports: readonly number[]): string {
  const hosts = (some: readonly number[]) => some.map((port) => `127.0.0.1:${port}`).join(',')
  if (form === 'single') return `redis://${hosts(ports.slice(0, 1))}`
  if (form === 'cluster') return `redis+cluster://${hosts(ports)}`
  return `redis+sentinel://${hosts(ports.slice(-sentinels))}/${masterName}`
}

/** Has a vote in who writes, and stands where no data centre takes it along. */
export const witnessRedis = (port: number, dir: string): PartSpec =>
  server({ name: 'witness.redis', dc: 'witness', port, dir })

interface Server {
  name: string
  dc: string
  port: number
  dir: string
}

/** A Redis of its own. Nothing is evicted: counters and inboxes live here beside copies, and copies carry their own end. */
function server({ name, dc, port, dir }: Server, ...more: string[]): PartSpec {
  return {
    name,
    kind: 'redis',
    dc,
    url: `redis://127.0.0.1:${port}`,
    prepare: async () => void (await mkdir(dir, { recursive: true })),
    command: () => ({
      file: program('redis-server'),
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--daemonize', 'no', '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory', '256mb'],
        ...['--maxmemory-policy', 'noeviction', ...more],
      ],
    }),
    probe: () => ping(port),
    stopSignal: 'SIGTERM',
    restarts: false,
  }
}

/** Sentinels write what they find out into their file, so it is written once. Dead is who is silent for two seconds. */
function sentinel(dc: string, index: number, port: number, dir: string, masterPort: number): PartSpec {
  const file = join(dir, 'sentinel.conf')
  const text = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${masterName} 2000`,
    `sentinel failover-timeout ${masterName} 5000`,
  ].join('\n')
  return {
    name: `${dc}.sentinel-${index}`,
    kind: 'redis',
    dc,
    url: `redis://127.0.0.1:${port}`,
    prepare: async () => {
      await mkdir(dir, { recursive: true })
      if (!existsSync(file)) await writeFile(file, `${text}\n`)
    },
    command: () => ({ file: program('redis-server'), args: [file, '--sentinel'] }),
    probe: () => ping(port),
    stopSignal: 'SIGTERM',
    restarts: true,
  }
}

/** Makes the nodes a cluster, unless they are one: three masters, and whoever is left over becomes a replica. */
async function formCluster(ports: readonly number[]) {
  const [first = 0] = ports
  const node = new Redis(first, '127.0.0.1', { retryStrategy: () => null, commandTimeout: 1_000 })
  node.on('error', () => {})
  try {
    if (Number(/cluster_known_nodes:(\d+)/.exec(String(await node.cluster('INFO')))?.[1]) > 1) return
    await Promise.all(ports.map(ping))
    const nodes = ports.map((port) => `127.0.0.1:${port}`)
    const replicas = String(Math.floor(ports.length / 3) - 1)
    const args = ['--cluster', 'create', ...nodes, '--cluster-replicas', replicas, '--cluster-yes']
    await runOnce('redis-cli', { file: program('redis-cli'), args }, 20_000)
    while (!String(await node.cluster('INFO')).includes('cluster_state:ok')) await Promise.all(ports.map(ping))
  } finally {
    node.disconnect()
  }
}

async function ping(port: number) {
  const client = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  let fault: Error | undefined
  client.on('error', (error: Error) => {
    fault = error
  })
  try {
    await client.connect()
    await client.ping()
  } catch (error) {
    throw fault ?? error
  } finally {
    client.disconnect()
  }
}
