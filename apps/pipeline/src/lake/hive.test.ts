import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LakeRig } from './lake-rig.js'
import { type LakeTable, lakeTableNames } from './tables.js'

const dir = resolve(import.meta.dirname, '../../../../deploy/hive')
/** Of Parquet, as DuckDB tells it, to what Hive calls it. */
const hiveTypes: Record<string, string> = { INT64: 'BIGINT', INT32: 'INT', BYTE_ARRAY: 'STRING' }

describe('external tables of Hive', () => {
  let rig: LakeRig
  beforeAll(async () => {
    rig = await LakeRig.open()
  })
  afterAll(() => rig.close())

  it('are there for every table, and for no other', () => {
    expect(readdirSync(dir).sort()).toEqual(lakeTableNames.map((name) => `${name}.sql`).sort())
  })

  it.each([...lakeTableNames])('have the columns %s is written with, in their order', async (table: LakeTable) => {
    await rig.write(table, [{ at_ms: 1 }])
    const [file] = await rig.files.list(table)
    const written = await rig.engine.rows<{ name: string; type: string }>(
      `SELECT name, type FROM parquet_schema('${file}') WHERE num_children IS NULL`,
    )
    const ddl = readFileSync(join(dir, `${table}.sql`), 'utf8')
    const [, columns = ''] = /CREATE EXTERNAL TABLE IF NOT EXISTS \w+ \(([^)]*)\)/.exec(ddl) ?? []
    expect(columns.split(',').map((column) => column.trim())).toEqual(
      written.map(({ name, type }) => `\`${name}\` ${hiveTypes[type]}`),
    )
    for (const part of [
      `EXISTS ${table} (`,
      'PARTITIONED BY (dt STRING, hour STRING)',
      'STORED AS PARQUET',
      `/${table}'`,
      `MSCK REPAIR TABLE ${table};`,
    ]) {
      expect(ddl).toContain(part)
    }
  })
})
