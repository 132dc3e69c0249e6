import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { get as httpGet } from 'node:http'
import { join } from 'node:path'
import { PlatformClient, type PlatformStatus, until } from '@gala/platform'
import { createClient, createOpsClient, type GalaClient, type OpsClient } from '@gala/sdk'

export interface Rig {
  platform: PlatformClient
  status: PlatformStatus
  /** Addresses of the first and the second data centre. */
  a: PlatformStatus['dcs'][number]
  b: PlatformStatus['dcs'][number]
  audience: { a: GalaClient; b: GalaClient }
  operator: { a: OpsClient; b: OpsClient }
}

/** The platform `npm test` has started. */
export async function connectRig(): Promise<Rig> {
  const stateDir = process.env['GALA_TEST_STATE_DIR'] ?? ''
  const platform = PlatformClient.connect(stateDir)
  await healed(platform, join(stateDir, 'run', 'not-healed'))
  const status = await platform.status()
  const [a, b] = status.dcs
  if (!a || !b) throw new Error('the platform has fewer than two data centres')
  await Promise.all(
    [a, b].map(({ id, edge }) => until(() => servedAtHome(edge, id), `${edge} does not settle`, 20_000)),
  )
  const closed = () => Promise.all([a, b].flatMap(({ access }) => access.map(breakersClosed)))
  await until(async () => !(await closed()).includes(false), 'a breaker of application does not close', 60_000)
  const token = await platform.token('operator', 3600)
  const ops = (dc: typeof a) => createOpsClient({ baseUrl: dc.base[0] ?? '', token })
  return {
    platform,
    status,
    a,
    b,
    audience: { a: createClient({ baseUrl: a.edge }), b: createClient({ baseUrl: b.edge }) },
    operator: { a: ops(a), b: ops(b) },
  }
}

/** What one suite has left broken for good is waited for once, not by every suite after it. */
async function healed(platform: PlatformClient, mark: string) {
  try {
    await platform.healed(existsSync(mark) ? 2_000 : undefined)
    await rm(mark, { force: true })
  } catch (error) {
    await writeFile(mark, String(error))
    throw error
  }
}

/**
 * Whether the edge serves from its own data centre again. Each nginx worker remembers a failed upstream for a second on
 * its own, so several connections are asked: one answer would be that of one worker.
 */
async function servedAtHome(edge: string, dc: string): Promise<boolean> {
  const ask = () =>
    new Promise<boolean>((done, failed) => {
      const request = httpGet(`${edge}/v1/time`, { agent: false }, (response) => {
        response.resume()
        done(String(response.headers['x-gala-served-by']).startsWith(`${dc}.`))
      })
      request.on('error', failed)
    })
  return !(await Promise.all(Array.from({ length: 16 }, ask))).includes(false)
}

/** Whether an access process asks every application again. Asks it meanwhile: without calls a breaker learns nothing. */
async function breakersClosed(access: string): Promise<boolean> {
  await Promise.all(Array.from({ length: 20 }, () => fetch(`${access}/v1/time`).then((reply) => reply.text())))
  const report = (await (await fetch(`${access}/resiliencez`)).json()) as {
    breakers: { name: string; state: string }[]
  }
  return report.breakers.every(({ name, state }) => name !== 'application' || state === 'closed')
}

/** The newest acts on `target`, when both data centres tell the same ones: the one that does not write is behind for a moment. */
export async function auditOf({ operator: { a, b } }: Rig, target: string, pageSize = 1) {
  const query = { target, pageSize }
  const told = () => Promise.all([a, b].map(async (ops) => (await ops.fleet.audit({ query })).data.items))
  let items: Awaited<ReturnType<typeof told>>[number] = []
  const alike = async () => {
    const [ofA = [], ofB = []] = await told()
    items = ofA
    return JSON.stringify(ofA) === JSON.stringify(ofB)
  }
  await until(alike, `the data centres tell different acts on ${target}`, 10_000)
  return items
}

let made = 0

/** An event of the caller's own, so that files do not see each other's edits. A live one has no stream behind it. */
export async function ownEvent(rig: Rig, prefix: string, status: 'live' | 'preheat' = 'live'): Promise<string> {
  const id = `${prefix}-${process.pid}-${made++}`
  const startAt = new Date(Date.now() - 60_000).toISOString()
  const endAt = new Date(Date.now() + 3_600_000).toISOString()
  const body = {
    kind: 'concert' as const,
    title: `Test ${id}`,
    status,
    startAt,
    endAt,
    expectedVersion: 0,
  }
  await rig.operator.a.events.save({ params: { id }, body })
  return id
}

/**
 * Takes the scripts of events away, and the guard level they may have raised: both would go on into the suites that follow.
 * With an event goes what of it has not begun.
 */
export async function scriptsEnd({ operator: { a } }: Rig, ids: readonly string[]): Promise<void> {
  const reason = 'the test is over'
  for (const id of ids) {
    const { version } = (await a.timeline.read({ params: { id } })).data
    if (version === 0) continue
    await a.timeline.save({ params: { id }, body: { steps: [], reason, expectedVersion: version } })
  }
  for (;;) {
    const { items, rev } = (await a.switches.list({})).data.level
    const level = Math.max(...items.map((item) => item.level))
    if (level === 0) return
    await a.switches.level({ body: { level: level - 1, reason, expectedRev: rev } })
  }
}

export interface Seen {
  status: number
  body: string
  headers: Headers
}

/** One plain request, as any HTTP client would make it. */
export async function get(url: string, init?: RequestInit): Promise<Seen> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000), ...init })
  return { status: response.status, body: await response.text(), headers: response.headers }
}

interface Tally {
  reads: number
  failures: string[]
}

/** Reads `url` on `connections` connections until stopped; anything but a 200 with a whole body is a failure. */
export function readers(url: string, connections: number) {
  const tally: Tally = { reads: 0, failures: [] }
  let going = true
  const loop = async () => {
    while (going) {
      try {
        const { status, body } = await get(url)
        if (status !== 200) tally.failures.push(`${status} ${body.slice(0, 200)}`)
        else JSON.parse(body)
      } catch (error) {
        tally.failures.push(`${(error as Error).message} ${String((error as Error).cause ?? '')}`)
      }
      tally.reads++
    }
  }
  const loops = Array.from({ length: connections }, loop)
  return {
    tally,
    stop: async () => {
      going = false
      await Promise.all(loops)
      return tally
    },
  }
}
