import type { PartKind, PartSpec } from '../part.js'
import { probeHttp } from './probe-http.js'

export interface NodeAppOptions {
  dc: string
  kind: Extract<PartKind, 'access' | 'application' | 'base' | 'pipeline'>
  /** What it is called after, beside the DC. */
  pool: string
  index: number
  port: number
  entry: string
  env: Record<string, string>
}

export const instanceName = (dc: string, kind: string, index: number) => `${dc}.${kind}-${index}`

/** One process of ours. */
export function nodeApp({ dc, kind, pool, index, port, entry, env }: NodeAppOptions): PartSpec {
  const name = instanceName(dc, pool, index)
  const url = `http://127.0.0.1:${port}`
  return {
    name,
    kind,
    dc,
    url,
    command: () => ({
      file: process.execPath,
      args: ['--enable-source-maps', entry],
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_ENV: 'production',
        GALA_DC: dc,
        GALA_INSTANCE: name,
        GALA_PORT: String(port),
        ...env,
      },
    }),
    probe: () => probeHttp(`${url}/readyz`),
    stopSignal: 'SIGTERM',
    restarts: true,
  }
}
