import { type Readiness, readinessSchema, type Topology } from '@gala/contracts'
import { brokersOf } from '@gala/eventlog'
import { Redis } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { request } from 'undici'
import { z } from 'zod'

export type Part = Topology['dcs'][number]['parts'][number]

export interface Finding {
  state: 'up' | 'degraded' | 'down'
  detail: string | null
  release?: string
  startedAt?: string
  appliedPosition?: number | null
  dependencies?: Readiness['dependencies']
}

export const probeTimeoutMs = 400
/** Six segments of two seconds: a playlist older than this has been given up by its encoder. */
const playlistAgeMaxMs = 12_000

/** Asks a part, in its own protocol, whether it works. Rejects when it does not answer. */
export async function probe(part: Part, nowMs: number): Promise<Finding> {
  switch (part.kind) {
    case 'redis':
      return probeRedis(part.url)
    case 'mysql':
      return probeMysql(part.url)
    case 'kafka':
      return probeKafka(part.url)
    case 'edge':
      return probeEdge(part.url)
    case 'stream':
      return probeStream(part.url, nowMs)
    default:
      return probeApp(part.url)
  }
}

const fetchText = async (url: string) => {
  const { statusCode, headers, body } = await request(url, { signal: AbortSignal.timeout(probeTimeoutMs) })
  return { statusCode, headers, text: await body.text() }
}

/** One that answers but wants no viewers is up and says why: drained, or nobody behind it. */
async function probeEdge(url: string): Promise<Finding> {
  const { statusCode, text } = await fetchText(`${url}/edgez`)
  if (statusCode === 200) return { state: 'up', detail: null }
  if (statusCode !== 503) return { state: 'down', detail: `answers ${statusCode}` }
  const told = edgeRefusal.safeParse(JSON.parse(text))
  return { state: 'degraded', detail: told.success ? told.data.reason : `answers ${statusCode}` }
}

const edgeRefusal = z.object({ reason: z.string() })

async function probeApp(url: string): Promise<Finding> {
  const { text } = await fetchText(`${url}/readyz`)
  const { ready, release, startedAt, appliedPosition, dependencies } = readinessSchema.parse(JSON.parse(text))
  const missing = Object.keys(dependencies).filter((name) => dependencies[name] === 'down')
  const state = ready ? (missing.length > 0 ? 'degraded' : 'up') : 'down'
  const detail = ready ? (missing.length > 0 ? `without ${missing.join(', ')}` : null) : 'not ready'
  return { state, detail, release, startedAt, appliedPosition, dependencies }
}

async function probeStream(url: string, nowMs: number): Promise<Finding> {
  const { statusCode, headers, text } = await fetchText(url)
  if (statusCode !== 200) return { state: 'down', detail: `answers ${statusCode}` }
  const variant = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'))
  if (variant && text.includes('#EXT-X-STREAM-INF')) return probeStream(new URL(variant.trim(), url).href, nowMs)
  const ageMs = nowMs - Date.parse(String(headers['last-modified']))
  if (ageMs <= playlistAgeMaxMs) return { state: 'up', detail: null }
  return { state: 'down', detail: `last segment ${Math.round(ageMs / 1000)} s ago` }
}

async function probeRedis(url: string): Promise<Finding> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: probeTimeoutMs,
    commandTimeout: probeTimeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  let fault: unknown
  redis.on('error', (error) => {
    fault = error
  })
  try {
    await redis.connect()
    await redis.ping()
    return { state: 'up', detail: null }
  } catch (error) {
    throw fault ?? error
  } finally {
    redis.disconnect()
  }
}

async function probeKafka(url: string): Promise<Finding> {
  const { hostname, port } = new URL(url)
  await brokersOf(hostname, Number(port), probeTimeoutMs)
  return { state: 'up', detail: null }
}

async function probeMysql(url: string): Promise<Finding> {
  const connection = await createConnection({ uri: url, connectTimeout: probeTimeoutMs })
  try {
    const sql = 'SELECT value FROM change_sequence WHERE id = 1'
    const [rows] = await connection.query({ sql, timeout: probeTimeoutMs })
    const appliedPosition = Number((rows as { value: string }[])[0]?.value ?? 0)
    return { state: 'up', detail: null, appliedPosition }
  } finally {
    connection.destroy()
  }
}
