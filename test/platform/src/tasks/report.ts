import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type EventReport, type EventTraffic, eventReportSchema } from '@gala/contracts'
import { eventTraffic, LakeFiles } from '@gala/pipeline/lake'
import { PlatformClient } from '../client.js'
import { dcIdsOf } from '../layout.js'
import { reportPage } from './report-page.js'
import { root } from './run-task.js'

const usage = 'usage: npm run report -- --event ID [--from TIME] [--to TIME] [--json]   times as 2026-11-22T20:00:00Z\n'
const stateDir = resolve(process.env['GALA_STATE_DIR'] ?? join(root, '.gala'))
const bounds = { memoryMb: 768, threads: 2 }

const given = parsed()
if (!given) {
  process.stderr.write(usage)
  process.exit(2)
}
const lakes = dcIdsOf()
  .map((dc) => join(stateDir, dc, 'lake'))
  .filter((dir) => existsSync(dir))
if (lakes.length === 0) {
  process.stderr.write(`there is no lake in ${stateDir} yet; npm start makes one\n`)
  process.exit(1)
}
const startedMs = performance.now()
const traffic = await eventTraffic(
  lakes.map((dir) => new LakeFiles(dir)),
  given.slice,
  bounds,
)
const tookMs = Math.round(performance.now() - startedMs)
const { report, why } = await timelineReport(given.slice.event)
const page = reportPage(given.slice.event, traffic, report, why)
const files = write(given.slice.event, page, { traffic, report })
process.stdout.write(
  given.json ? `${JSON.stringify({ event: given.slice.event, tookMs, files, traffic, report })}\n` : page,
)
process.stderr.write(`  made in ${tookMs} ms from ${lakes.length} lakes; written to ${files.join(' and ')}\n`)

function parsed() {
  try {
    const text = { type: 'string' } as const
    const options = { event: text, from: text, to: text, json: { type: 'boolean' } } as const
    const { event, from, to, json = false } = parseArgs({ options }).values
    const [fromMs, toMs] = [from, to].map((time) => (time === undefined ? undefined : Date.parse(time)))
    if (!event || !/^[a-z0-9-]{1,64}$/.test(event) || Number.isNaN(fromMs) || Number.isNaN(toMs)) return undefined
    return { json, slice: { event, ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) } }
  } catch {
    return undefined
  }
}

/** What the timeline of the event has put together, from whoever holds it; the lake's part needs nobody who runs. */
async function timelineReport(event: string): Promise<{ report: EventReport | null; why: string }> {
  const platform = PlatformClient.find(stateDir)
  if (!platform) return { report: null, why: 'the platform does not run' }
  try {
    const { dcs } = await platform.status()
    const headers = { authorization: `Bearer ${await platform.token('viewer')}` }
    const url = `${dcs[0]?.base[0]}/ops/v1/events/${event}/report`
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) })
    if (!answer.ok) return { report: null, why: `base says ${answer.status}: none has been made` }
    return { report: eventReportSchema.parse(await answer.json()), why: '' }
  } catch (error) {
    return { report: null, why: (error as Error).message }
  }
}

function write(event: string, page: string, document: { traffic: EventTraffic; report: EventReport | null }) {
  const dir = join(stateDir, 'reports')
  mkdirSync(dir, { recursive: true })
  const files = [join(dir, `${event}.md`), join(dir, `${event}.json`)]
  for (const [i, content] of [page, `${JSON.stringify({ event, ...document }, null, 2)}\n`].entries()) {
    writeFileSync(files[i] ?? '', content)
  }
  return files
}
