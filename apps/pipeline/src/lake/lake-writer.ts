import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BIGINT, DuckDBDataChunk, INTEGER, VARCHAR } from '@duckdb/node-api'
import { type Engine, quoted } from './engine.js'
import { appear, type LakeFiles, parquetIn, type Step } from './lake-files.js'
import {
  type ColumnType,
  columnsOf,
  type Hour,
  hourOf,
  type LakeRow,
  type LakeTable,
  type LakeValue,
} from './tables.js'

const types = { BIGINT, INTEGER, VARCHAR }
/** All the engine holds of a file while it writes it. */
const rowGroupRows = 40_960
/** Rows of one chunk of the engine. */
const chunkRows = 2048
const intMax = 2_147_483_647

/** Where rows came from: what is written again from the same place to the same place has the same name. */
export interface Range {
  source: string
  from: number
  to: number
}

/** Turns rows into files of the lake. One writes at a time. */
export class LakeWriter {
  constructor(
    private readonly engine: Engine,
    private readonly files: LakeFiles,
    private readonly step: Step = () => {},
  ) {}

  /** Writes the rows of a range, a file for each hour they are in; in place of what an earlier attempt has left. */
  async write(table: LakeTable, range: Range, rows: readonly LakeRow[]): Promise<void> {
    for (const [hour, ofHour] of byHour(rows)) {
      await this.#fill(table, ofHour)
      const dir = await this.files.dirFor(table, hour)
      await this.#copy(table, `SELECT * FROM incoming`, join(dir, nameOf(range)))
      this.step('write: file')
    }
  }

  /** Makes one file of an hour's many, row by row: an hour has more than the engine may hold at once. @returns how many there were. */
  async compact(table: LakeTable, hour: Hour, nowMs: number): Promise<number> {
    const dir = await this.files.dirFor(table, hour)
    const files = await parquetIn(dir)
    if (files.length < 2) return files.length
    const next = await this.files.nextVersion(table, hour)
    const list = (await oldestFirst(files)).map(quoted).join(', ')
    // Columns that an older file does not have are null in it, and those of the path are none of the file.
    const names = columnsOf(table).map(([name]) => name)
    const source = `read_parquet([${list}], union_by_name = true, hive_partitioning = false)`
    const rows = `SELECT ${names.join(', ')} FROM (${emptyOf(table)} UNION ALL BY NAME SELECT * FROM ${source})`
    await this.#copy(table, rows, join(next, 'compacted.parquet'))
    this.step('compact: written')
    await this.files.replace(table, hour, next, nowMs)
    return files.length
  }

  async #fill(table: LakeTable, rows: readonly LakeRow[]): Promise<void> {
    const columns = columnsOf(table)
    await this.engine.run(`CREATE OR REPLACE TABLE incoming AS FROM ${emptyOf(table)}`)
    const appender = await this.engine.connection.createAppender('incoming')
    try {
      for (let start = 0; start < rows.length; start += chunkRows) {
        const part = rows.slice(start, start + chunkRows) as Record<string, LakeValue | undefined>[]
        const chunk = DuckDBDataChunk.create(columns.map(([, type]) => types[type]))
        chunk.setColumns(columns.map(([name, type]) => part.map((row) => stored(row[name] ?? null, type))))
        appender.appendDataChunk(chunk)
      }
      appender.flushSync()
    } finally {
      appender.closeSync()
    }
  }

  async #copy(table: LakeTable, select: string, file: string): Promise<void> {
    const aside = `${file}.tmp`
    await rm(aside, { force: true })
    try {
      await this.engine.run(
        `COPY (${select}) TO ${quoted(aside)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`,
      )
    } finally {
      await this.engine.run(`CREATE OR REPLACE TABLE incoming AS FROM ${emptyOf(table)}`)
    }
    this.step('copy: aside')
    await appear(aside, file)
  }
}

/** Rows come to lie nearly in the order of their times, so that whoever asks for a minute skips most of a file. */
async function oldestFirst(files: readonly string[]): Promise<string[]> {
  const written = await Promise.all(files.map(async (file) => ({ file, atMs: (await stat(file)).mtimeMs })))
  return written.toSorted((a, b) => a.atMs - b.atMs).map(({ file }) => file)
}

/** What a column can hold of a value: a line that says something else must not hold up all others. */
function stored(value: LakeValue, type: ColumnType): bigint | LakeValue {
  if (value === null || (type === 'VARCHAR') !== (typeof value === 'string')) return null
  if (typeof value === 'string') return value.toWellFormed()
  return type === 'BIGINT' ? BigInt(Math.trunc(value)) : Math.max(-intMax, Math.min(Math.trunc(value), intMax))
}

/** A table without rows that has the columns and types of `table`. */
export const emptyOf = (table: LakeTable): string =>
  `(SELECT ${columnsOf(table)
    .map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`)
    .join(', ')} WHERE false)`

/** Colons of a source would be read by Hadoop as those of an address. */
const nameOf = ({ source, from, to }: Range) => `${source.replaceAll(/[^A-Za-z0-9._-]/g, '_')}-${from}-${to}.parquet`

function byHour(rows: readonly LakeRow[]): [Hour, LakeRow[]][] {
  const found = new Map<number, [Hour, LakeRow[]]>()
  const hourMs = 3_600_000
  for (const row of rows) {
    const key = Math.floor(row.at_ms / hourMs)
    const there = found.get(key)
    if (there) there[1].push(row)
    else found.set(key, [hourOf(row.at_ms), [row]])
  }
  return [...found.values()]
}
