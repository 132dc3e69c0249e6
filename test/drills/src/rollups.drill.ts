import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  Engine,
  eventTraffic,
  LakeFiles,
  type LakeRow,
  type LakeTable,
  LakeWriter,
  makeViews,
  rollups,
} from '@gala/pipeline/lake'
import { atMost, type Figure, told } from './report.js'
import { generated, mainEvent, spanMs, startMs } from './rollups/generated.js'
import { askSpark, prepareSpark } from './rollups/spark.js'

/** Rows of each table for a million requests of one event, and what comes with them. */
const parts: Record<LakeTable, number> = {
  requests: 1_300_000,
  beacons: 300_000,
  spans: 50_000,
  messages: 5_000,
  operator_audit: 3_000,
}
const batchRows = 20_000
const seed = 20_261_122
const bounds = { memoryMb: 768, threads: 1 }

type Say = (line: string) => void

/** The twelve and more questions to the lake, asked of the embedded engine and of Spark with Hive, over the same files. */
export async function rollupsDrill(root: string, stateDir: string, say: Say): Promise<Figure[]> {
  const python = await prepareSpark(join(root, '.gala/spark'), say)
  await rm(join(stateDir, 'lake'), { recursive: true, force: true })
  const files = new LakeFiles(join(stateDir, 'lake'))
  const engine = await Engine.open(bounds)
  try {
    const written = await write(engine, files, say)
    const asked = await ask(engine, files, say)
    const report = await reported(files, say)
    say('asking Spark')
    const spark = await askSpark(python, join(stateDir, 'spark'), {
      lake: files.root,
      ddl: join(root, 'deploy/hive'),
      tables: Object.keys(parts),
      rollups: Object.fromEntries(Object.entries(rollups).map(([name, { sql }]) => [name, sql])),
    })
    const different = Object.keys(rollups).filter((name) => {
      const same = JSON.stringify(spark.rollups[name]) === JSON.stringify(asked.answers[name])
      const rows = asked.answers[name]?.length ?? 0
      say(
        `${same && rows > 0 ? 'equal' : 'DIFFERENT'}: ${name}, ${rows} rows, Spark ${spark.seconds[name]?.toFixed(1)} s`,
      )
      return !same || rows === 0
    })
    const missing = Object.entries(parts).filter(([table, count]) => spark.rows[table] !== count)
    return [
      told(
        'rows in the lake',
        Object.values(parts).reduce((sum, count) => sum + count, 0),
        '',
      ),
      ...written,
      told('roll-ups asked of DuckDB and of Spark', Object.keys(rollups).length, ''),
      atMost(`roll-ups that differ, DuckDB against Spark ${spark.version}`, different.length, '', 0),
      atMost('tables of which Spark sees other rows than were written', missing.length, '', 0),
      ...asked.figures,
      ...report,
    ]
  } finally {
    engine.close()
  }
}

async function write(engine: Engine, files: LakeFiles, say: Say): Promise<Figure[]> {
  const writer = new LakeWriter(engine, files)
  let cpuS = 0
  let rows = 0
  for (const [table, count] of Object.entries(parts) as [LakeTable, number][]) {
    say(`writing ${count} rows of ${table}`)
    let from = 0
    for (const batch of batches(generated(table, count, seed))) {
      cpuS += await cpuOf(() => writer.write(table, { source: `${table}:drill`, from, to: from + batch.length }, batch))
      from += batch.length
    }
    rows += count
  }
  // One hour as one file, the other as it was written: both are read.
  const compactS = await cpuOf(() => writer.compact('requests', { dt: '2026-11-22', hour: '23' }, startMs))
  return [
    told('writer: rows a CPU second, from rows to Parquet', rows / cpuS, 'rows/s'),
    told('bytes a request on disk', (await bytesOf(await files.list('requests'))) / parts.requests, ''),
    told('compaction: rows a CPU second', parts.requests / 2 / compactS, 'rows/s'),
  ]
}

async function ask(engine: Engine, files: LakeFiles, say: Say) {
  await makeViews(engine, [files])
  const answers: Record<string, unknown[][]> = {}
  let cpuS = 0
  for (const [name, { sql }] of Object.entries(rollups)) {
    const took = await cpuOf(async () => {
      answers[name] = (await engine.rows(sql)).map((row) => Object.values(row))
    })
    cpuS += took
    say(`DuckDB: ${name}, ${took.toFixed(2)} CPU s`)
  }
  const read = Object.values(rollups).reduce((sum, { sql }) => sum + rowsBehind(sql), 0)
  return {
    answers,
    figures: [told('roll-ups: rows a CPU second, all of them after each other', read / cpuS, 'rows/s')],
  }
}

const rowsBehind = (sql: string) =>
  Object.entries(parts).reduce((sum, [table, count]) => sum + (sql.includes(`FROM ${table}`) ? count : 0), 0)

async function reported(files: LakeFiles, say: Say): Promise<Figure[]> {
  const slice = { event: mainEvent, fromMs: startMs, toMs: startMs + spanMs }
  const startedMs = performance.now()
  const before = process.cpuUsage()
  const traffic = await eventTraffic([files], slice, bounds)
  const { user, system } = process.cpuUsage(before)
  const tookS = (performance.now() - startedMs) / 1000
  say(`report: ${traffic.requests} requests, ${traffic.bad} bad, ${traffic.playback.viewers} viewers`)
  return [
    told('report: requests it is about', traffic.requests, ''),
    told('report: processor time', (user + system) / 1e6, 's'),
    atMost('report: time to make it', tookS, 's', 2),
  ]
}

async function bytesOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

function* batches(rows: Iterable<LakeRow>): Generator<LakeRow[]> {
  let batch: LakeRow[] = []
  for (const row of rows) {
    batch.push(row)
    if (batch.length < batchRows) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Processor seconds of this process, all its threads. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
