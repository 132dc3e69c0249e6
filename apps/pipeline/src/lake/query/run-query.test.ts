import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@gala/kernel'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { viewOver } from '../../rollups/views.js'
import { LakeRig } from '../lake-rig.js'
import { lakeTableNames } from '../tables.js'
import type { QueryBounds } from './protocol.js'
import { runQuery } from './run-query.js'

const bounds: QueryBounds = { memoryMb: 96, threads: 1, timeoutMs: 3_000, rowsMax: 10, bytesMax: 2_000 }
const rows = Array.from({ length: 20 }, (_, i) => ({ at_ms: 1_000 + i, route: `r${i}`, bytes: i }))

describe('a query of the lake', () => {
  let rig: LakeRig
  let outside: string
  beforeAll(async () => {
    rig = await LakeRig.open()
    await rig.write('requests', rows)
    outside = join(rig.dir, 'outside.csv')
    writeFileSync(outside, 'secret\n1\n')
  })
  afterAll(() => rig.close())

  const ask = async (sql: string, own: Partial<QueryBounds> = {}) => {
    const lists = await Promise.all(
      lakeTableNames.map(async (table) => ({ table, files: await rig.files.list(table) })),
    )
    const views = lists.map(({ table, files }) => viewOver(table, files, ''))
    const files = lists.flatMap((list) => list.files)
    return await runQuery({ sql, views, files, bounds: { ...bounds, ...own } }, systemClock)
  }

  it('is answered with names, types and values', async () => {
    expect(
      await ask(
        'SELECT route, bytes, dt, NULL AS none, 2::HUGEINT ** 70 AS large FROM requests WHERE bytes < 2 ORDER BY bytes',
      ),
    ).toMatchObject({
      kind: 'answered',
      reply: {
        columns: [
          { name: 'route', type: 'VARCHAR' },
          { name: 'bytes', type: 'BIGINT' },
          { name: 'dt', type: 'VARCHAR' },
          { name: 'none' },
          { name: 'large' },
        ],
        rows: [
          ['r0', 0, '1970-01-01', null, expect.anything()],
          ['r1', 1, '1970-01-01', null, expect.anything()],
        ],
        cut: null,
      },
    })
  })

  it('knows every table, those without a row too', async () => {
    for (const table of lakeTableNames)
      expect(await ask(`SELECT COUNT(*) FROM ${table}`)).toMatchObject({ kind: 'answered' })
  })

  it.each([
    ['a write', 'CREATE TABLE own AS SELECT 1', 'CREATE'],
    ['another write', 'INSERT INTO requests SELECT * FROM requests', /./],
    ['a file to be written', "COPY (SELECT 1) TO '/tmp/gala-written.csv'", /./],
    ['a lake file to be written over', "COPY (SELECT 1) TO 'LAKEFILE'", /./],
    ['another database', "ATTACH '/tmp/gala-other.db' AS other", 'ATTACH'],
    ['an extension', 'INSTALL httpfs', /./],
    ['a loaded extension', 'LOAD httpfs', /./],
    ['a setting', "SET memory_limit = '8GB'", /./],
    ['a pragma', 'PRAGMA enable_profiling', /./],
    ['two statements', 'SELECT 1; SELECT 2', '2 statements'],
    ['no statement', '-- nothing', 'no statement'],
    ['a parameter', 'SELECT ?', 'parameters'],
    ['a file outside', "SELECT * FROM read_csv('OUTSIDE')", 'Permission'],
    ['the passwords', "SELECT * FROM read_text('/etc/passwd')", 'Permission'],
    ['the passwords by their name', "SELECT * FROM '/etc/passwd'", /./],
    ['the passwords by a way round', "SELECT * FROM read_text('LAKE/../outside.csv')", 'Permission'],
    ['a folder', "SELECT * FROM glob('/etc/*')", 'Permission'],
    ['a file of the network', "SELECT * FROM read_csv('https://example.invalid/x.csv')", /./],
    ['the environment', "SELECT getenv('PATH')", /./],
    ['bad grammar', 'SELEC 1', 'Parser'],
    ['a table there is not', 'SELECT * FROM secrets', 'secrets'],
  ])('is refused when it is %s', async (_, sql, why) => {
    const [lakeFile = ''] = await rig.files.list('requests')
    const given = sql.replace('OUTSIDE', outside).replace('LAKEFILE', lakeFile).replace('LAKE', rig.files.root)
    const outcome = await ask(given)
    expect(outcome).toMatchObject({ kind: 'refused', detail: expect.stringMatching(why) })
    expect(await ask('SELECT COUNT(*) AS n FROM requests')).toMatchObject({ reply: { rows: [[20]] } })
  })

  it('is cut at a number of rows, and of bytes', async () => {
    expect(await ask('SELECT * FROM range(100000000000)')).toMatchObject({
      reply: { rows: { length: 10 }, cut: 'rows' },
    })
    expect(await ask("SELECT repeat('x', 1500) FROM range(5)")).toMatchObject({
      reply: { rows: { length: 1 }, cut: 'bytes' },
    })
    expect(await ask("SELECT repeat('x', 5000)")).toMatchObject({ reply: { rows: [], cut: 'bytes' } })
  })

  it('is ended when it takes too long', async () => {
    const endless = 'SELECT COUNT(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3'
    const outcome = await ask(endless, { timeoutMs: 300 })
    expect(outcome).toEqual({ kind: 'cut', detail: 'it took longer than 300 ms' })
  })

  it('is ended when it needs too much memory', async () => {
    const large = "SELECT list(a) FROM (SELECT range || repeat('x', 100) AS a FROM range(10000000))"
    expect(await ask(large, { timeoutMs: 30_000 })).toEqual({ kind: 'cut', detail: 'it needs more than 96 MB' })
  })
})
