import type { Cluster, Redis } from 'ioredis'

/**
 * Resolves when every server behind `redis` answers. A cluster calls itself ready before all of its nodes are connected, and refuses
 * what is for the others.
 */
export async function whenConnected(redis: Redis): Promise<void> {
  const answers = () => {
    const servers = 'nodes' in redis ? (redis as unknown as Cluster).nodes('master') : [redis]
    return Promise.all(servers.map((server) => server.ping())).then(
      () => true,
      () => false,
    )
  }
  while (redis.status !== 'ready' || !(await answers())) await new Promise((resolve) => setImmediate(resolve))
}
