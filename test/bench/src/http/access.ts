import { join } from 'node:path'
import { until } from '@gala/platform'
import { ask } from './document.js'
import { serverCore, spawnOn } from './processes.js'
import { type Rig, root } from './rig.js'

/** One more access process of the data centre, on the core of the servers, in front of any application. */
export async function startAccess(
  rig: Rig,
  {
    instance,
    applicationUrl,
    ...more
  }: { instance: string; applicationUrl: string } & Record<`GALA_${string}`, string>,
): Promise<{ url: string; port: number; pid: number }> {
  const port = rig.nextPort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    GALA_DC: 'dc-a',
    GALA_INSTANCE: instance,
    GALA_PORT: String(port),
    GALA_REDIS_URL: rig.redisUrl,
    GALA_APPLICATION_URLS: applicationUrl,
    GALA_SNAPSHOT_DIR: join(rig.dir, `snapshots-${port}`),
    GALA_VIEWER_KEYS: `k1=${'0'.repeat(64)}`,
    GALA_LOG_LEVEL: 'error',
    ...more,
  }
  const entry = join(root, 'apps/access/dist/main.js')
  const child = spawnOn(serverCore, process.execPath, ['--enable-source-maps', entry], env)
  const ready = () =>
    ask(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  await until(ready, `${instance} does not start`, 20_000)
  return { url, port, pid: child.pid ?? 0 }
}
