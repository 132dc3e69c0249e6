import { execFile } from 'node:child_process'
import { accessSync, constants, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { listening, until } from '@gala/platform'
import { serverCore, spawnOn } from '../../http/processes.js'
import type { Peer } from './peer.js'

const room = 'room'
const key = 'bench'

/** The program named by `GALA_CENTRIFUGO`, or the one on the path; undefined when there is none. */
export function centrifugoProgram(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['GALA_CENTRIFUGO']
  const candidates = named ? [named] : (env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'centrifugo'))
  return candidates.find(isProgram)
}

export async function centrifugoVersion(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(file, ['version'])
  return stdout.trim()
}

/**
 * As its documentation has it for many viewers of one channel: no history, no presence, no compression, buffers for writing shared. What
 * it offers against many small writes is part of its paid edition (centrifugal.dev/docs/pro/client_message_batching).
 */
const settings = (port: number) => ({
  http_server: { address: '127.0.0.1', port },
  http_api: { key },
  client: { allow_anonymous_connect_without_token: true },
  channel: { without_namespace: { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true } },
  websocket: { use_write_buffer_pool: true },
  usage_stats: { disabled: true },
  log: { level: 'error' },
})

export async function startCentrifugo(file: string, dir: string, port: number): Promise<Peer> {
  const config = join(dir, `centrifugo-${port}.json`)
  writeFileSync(config, JSON.stringify(settings(port)))
  // One core, and its scheduler knows.
  const child = spawnOn(serverCore, file, ['-c', config], { PATH: process.env['PATH'], GOMAXPROCS: '1' })
  await until(() => listening(port), 'Centrifugo does not start', 20_000)
  const url = `http://127.0.0.1:${port}/api/publish`
  return {
    host: '127.0.0.1',
    port,
    room,
    pid: child.pid ?? 0,
    publish: async (text) => {
      const headers = { 'content-type': 'application/json', 'x-api-key': key }
      const body = JSON.stringify({ channel: room, data: text })
      const answer = await fetch(url, { method: 'POST', headers, body })
      const { error } = (await answer.json()) as { error?: { message: string } }
      if (error) throw new Error(`Centrifugo does not publish: ${error.message}`)
    },
    end: () => ended(child),
  }
}

function ended(child: ReturnType<typeof spawnOn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const gone = new Promise<void>((done) => child.once('exit', () => done()))
  child.kill('SIGKILL')
  return gone
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
