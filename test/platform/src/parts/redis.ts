import { mkdir } from 'node:fs/promises'
import { Redis } from 'ioredis'
import type { PartSpec } from '../part.js'
import { program } from '../programs.js'

/** A Redis of its own. Nothing is evicted: counters and inboxes live here beside copies, and copies carry their own end. */
export function redis(options: { dc: string; port: number; dir: string }): PartSpec {
  const { dc, port, dir } = options
  return {
    name: `${dc}.redis`,
    kind: 'redis',
    dc,
    url: `redis://127.0.0.1:${port}`,
    prepare: async () => void (await mkdir(dir, { recursive: true })),
    command: () => ({
      file: program('redis-server'),
      args: [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        dir,
        '--daemonize',
        'no',
        '--save',
        '',
        '--appendonly',
        'yes',
        '--appendfsync',
        'everysec',
        '--maxmemory',
        '256mb',
        '--maxmemory-policy',
        'noeviction',
      ],
    }),
    probe: () => ping(port),
    stopSignal: 'SIGTERM',
    restarts: false,
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
