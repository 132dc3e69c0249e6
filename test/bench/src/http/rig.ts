import { mkdtempSync, rmSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { endOrphans, freePorts, Platform } from '@gala/platform'
import { ask, type Document, documentOf } from './document.js'
import type { Ending } from './ending.js'
import { endAll, loadCore, needTwoCores, pin, serverCore } from './processes.js'
import { prepareWrk } from './wrk.js'

export const root = resolve(import.meta.dirname, '../../../..')
const stateDir = join(root, '.gala/bench')
const eventId = 'spring-gala'
/** About how large the first thing is that a page of an event asks for. */
const bodyBytes = 1_200

/** One data centre of real parts, and what all contenders need. */
export interface Rig {
  /** Gone when the run ends. */
  dir: string
  wrkScript: string
  /** Ports nobody uses, counted up by whoever takes one. */
  nextPort: () => number
  accessUrl: string
  accessPid: number
  edgeUrl: string
  edgePid: number
  applicationUrl: string
  redisUrl: string
  /** Everything else of the data centre: Redis, application, base, database. */
  otherPids: number[]
  /** What access answers about an event that is hot. */
  document: Document
}

/** Starts the data centre with access and edge on the core of the servers and all else on the other one. */
export async function startRig(ending: Ending, say: (line: string) => void): Promise<Rig> {
  const { status, portBase } = await startPlatform(ending, say)
  const dir = mkdtempSync(join(tmpdir(), 'gala-bench-http-'))
  ending.add(() => rmSync(dir, { recursive: true, force: true }))
  // Workers of nginx are nobody when their master is root.
  await chmod(dir, 0o755)
  const [dc] = status.dcs
  if (!dc) throw new Error('the platform has no data centre')
  for (const kind of ['access', 'edge']) pin(pidOf(dc, kind), serverCore)
  await lengthen(dc.base[0] ?? '', status.opsToken)
  const accessUrl = dc.access[0] ?? ''
  let port = portBase + 900
  return {
    dir,
    wrkScript: prepareWrk(dir),
    nextPort: () => port++,
    accessUrl,
    accessPid: pidOf(dc, 'access'),
    edgeUrl: dc.edge,
    edgePid: pidOf(dc, 'edge'),
    applicationUrl: dc.application[0] ?? '',
    redisUrl: dc.redis,
    otherPids: dc.parts.flatMap(({ kind, pid }) => (pid === null || kind === 'access' || kind === 'edge' ? [] : [pid])),
    document: await hotDocument(accessUrl),
  }
}

/** Starts a platform of one data centre, all of it on the core of the load. */
async function startPlatform(ending: Ending, say: (line: string) => void) {
  needTwoCores()
  // Whatever is started from here begins on the core of the load.
  pin(process.pid, loadCore)
  say('starting a data centre')
  const portBase = Number(process.env['GALA_PORT_BASE'] ?? (await freePorts()))
  await endOrphans(join(stateDir, 'run'))
  await rm(stateDir, { recursive: true, force: true })
  ending.add(() => rm(stateDir, { recursive: true, force: true }))
  // What is measured is not to be cut meanwhile.
  const envOf = { 'dc-a.base-1': { GALA_RULES: 'dry-run' } }
  const platform = new Platform({ root, stateDir, portBase, dcs: 1, sizes: { hot: 0 }, streams: [], envOf })
  const started = platform.start()
  ending.add(async () => {
    // What is still starting would not hear that it is to stop.
    await started.catch(() => {})
    await platform.stop()
  })
  ending.add(endAll)
  await started
  return { status: await platform.status(), portBase }
}

type DataCentre = Awaited<ReturnType<Platform['status']>>['dcs'][number]

/** @throws when no such part runs. */
function pidOf({ id, parts }: DataCentre, kind: string): number {
  const pid = parts.find((part) => part.kind === kind)?.pid
  if (!pid) throw new Error(`${id} has no ${kind} that runs`)
  return pid
}

/** Writes the event a summary that makes its answer as long as it is to be. */
async function lengthen(baseUrl: string, token: string) {
  const url = `${baseUrl}/ops/v1/events/${eventId}`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const event = (await (await fetch(url, { headers })).json()) as { summary: string; version: number }
  const { version: expectedVersion, summary: held } = event
  const missing = Math.max(0, bodyBytes - JSON.stringify(event).length)
  const summary = `${held} ${'An evening of song and light, told once more. '.repeat(100)}`.slice(
    0,
    held.length + missing,
  )
  const body = JSON.stringify({ summary: summary.trimEnd(), expectedVersion })
  const { status } = await fetch(url, { method: 'PUT', headers, body })
  if (status !== 200) throw new Error(`the event could not be edited: ${status}`)
}

/** Asks until the edit has arrived and the answer comes from memory. */
async function hotDocument(accessUrl: string): Promise<Document> {
  const path = `/v1/events/${eventId}`
  for (let tries = 0; tries < 100; tries++) {
    const answer = await ask(accessUrl + path)
    const hit = answer.headers.some(
      (value, i) => value === 'hit' && answer.headers[i - 1]?.toLowerCase() === 'x-gala-cache',
    )
    if (hit && answer.bytes > bodyBytes - 150) return documentOf(path, answer)
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('access does not answer the event from memory')
}
