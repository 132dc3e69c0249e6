import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartSpec } from '../part.js'
import { program } from '../programs.js'
import { probeHttp } from './probe-http.js'

export interface EdgeOptions {
  dc: string
  port: number
  dir: string
  /** Of its copies: in memory. */
  cacheDir: string
  templateFile: string
  accessPorts: readonly number[]
  otherAccessPorts: readonly number[]
  edgeUrls: readonly string[]
  snapshotDir: string
  liveDir: string
  viewerDir: string
}

/** Requests a worker has under way to an access process of another data centre, which has viewers of its own. */
const toOthersMax = 256

/** A load balancer that looks every half second has seen it twice, and has moved new connections elsewhere. */
const noticedWithinMs = 1_500

/** nginx in front of a data centre, configured from deploy/nginx. */
export function edge(options: EdgeOptions): PartSpec {
  const { dc, port, dir } = options
  const url = `http://127.0.0.1:${port}`
  return {
    name: `${dc}.edge`,
    kind: 'edge',
    dc,
    url,
    prepare: () => prepare(options),
    command: () => ({
      file: program('nginx'),
      args: ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'edge.conf')],
    }),
    probe: () => probeHttp(`${url}/edgez/live`),
    drain: async () => {
      await writeFile(join(dir, 'draining'), '')
      await sleep(noticedWithinMs)
    },
    // nginx finishes what it is answering on SIGQUIT and cuts it on SIGTERM.
    stopSignal: 'SIGQUIT',
    restarts: true,
  }
}

async function prepare(options: EdgeOptions) {
  const { dir, accessPorts, otherAccessPorts } = options
  for (const folder of [join(dir, 'tmp'), options.cacheDir]) await mkdir(folder, { recursive: true })
  await rm(join(dir, 'draining'), { force: true })
  await mkdir(options.snapshotDir, { recursive: true })
  await mkdir(options.liveDir, { recursive: true })
  const server = (suffix: string) => (p: number) => `server 127.0.0.1:${p} max_fails=1 fail_timeout=1s${suffix};`
  const values: Record<string, string> = {
    DC: options.dc,
    HOST: '127.0.0.1',
    // Two of them for each long connection, in each of two workers.
    CONNECTIONS: '32768',
    PORT: String(options.port),
    DIR: dir,
    CACHE_DIR: options.cacheDir,
    OWN_ACCESS_SERVERS: accessPorts.map((p) => `server 127.0.0.1:${p} max_fails=0;`).join('\n    '),
    ACCESS_SERVERS: [
      ...accessPorts.map(server('')),
      ...otherAccessPorts.map(server(` max_conns=${toOthersMax} backup`)),
    ].join('\n    '),
    SNAPSHOT_DIR: options.snapshotDir,
    LIVE_DIR: options.liveDir,
    VIEWER_DIR: options.viewerDir,
    EDGE_URLS: options.edgeUrls.flatMap((url) => [url, url.replace(/^http/, 'ws')]).join(' '),
  }
  const template = await readFile(options.templateFile, 'utf8')
  const conf = template.replace(/@([A-Z_]+)@/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the edge template asks for @${name}@, which nobody sets`)
    return value
  })
  await writeFile(join(dir, 'edge.conf'), conf)
}
