import { randomHex } from '@gala/kernel'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Engine } from './engine.js'
import { LakeFiles } from './lake-files.js'
import { Died, LakeRig } from './lake-rig.js'
import { LakeWriter } from './lake-writer.js'
import type { LakeRow } from './tables.js'

const at = Date.UTC(2026, 10, 22, 13, 59, 59, 900)
const hour = { dt: '2026-11-22', hour: '13' }
const request = (id: string, at_ms = at): LakeRow<'requests'> => ({
  at_ms,
  request_id: id,
  status: 200,
  bytes: 2 ** 40,
  event_id: null,
})

describe('files of the lake', () => {
  let rig: LakeRig
  beforeEach(async () => {
    rig = await LakeRig.open()
  })
  afterEach(() => rig.close())

  const three = async () => {
    for (const n of [1, 2, 3]) {
      await rig.writer().write('requests', { source: 'edge:aa', from: n, to: n + 1 }, [request(`r${n}`, at + n - 4)])
    }
  }

  it('keep each row in the folder of its hour, whatever it has and has not', async () => {
    await rig.write('requests', [request('a'), request('b', at + 100)])
    const rows = await rig.engine.rows(
      `SELECT * FROM read_parquet('${rig.files.root}/requests/dt=*/hour=*/*.parquet', hive_types_autocast = false) ORDER BY at_ms`,
    )
    expect(
      rows.map(({ request_id, dt, hour, bytes, event_id, route }) => [request_id, dt, hour, bytes, event_id, route]),
    ).toEqual([
      ['a', '2026-11-22', '13', 2 ** 40, null, null],
      ['b', '2026-11-22', '14', 2 ** 40, null, null],
    ])
    expect(await rig.files.hours('requests')).toEqual([hour, { dt: '2026-11-22', hour: '14' }])
  })

  it('are written over by the same range', async () => {
    const range = { source: 'access.log:0123456789abcdef', from: 0, to: 90 }
    await rig.writer().write('requests', range, [request('a'), request('b')])
    await rig.writer().write('requests', range, [request('a'), request('b')])
    expect(await rig.ids()).toEqual(['a', 'b'])
    const [file] = await rig.files.list('requests')
    expect(file?.split('/').at(-1)).toBe('access.log_0123456789abcdef-0-90.parquet')
  })

  it('hold more rows than one chunk of the engine', async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => request(String(i).padStart(4, '0')))
    await rig.write('requests', rows)
    expect(await rig.ids()).toEqual(rows.map((row) => row.request_id))
  })

  it('become one however many rows there are: more than the engine may hold at once', async () => {
    const rows = 20_000
    for (let file = 0; file < 10; file++) {
      const ofFile = Array.from({ length: rows }, (_, i) =>
        request(randomHex(32), at - 60_000 + file * 100 + (i % 100)),
      )
      await rig.writer().write('requests', { source: 'edge:aa', from: file, to: file + 1 }, ofFile)
    }
    const small = await Engine.open({ memoryMb: 32, threads: 1 })
    expect(await new LakeWriter(small, rig.files).compact('requests', hour, at)).toBe(10)
    small.close()
    expect(await rig.files.listHour('requests', hour)).toHaveLength(1)
    expect(new Set(await rig.idsByList()).size).toBe(10 * rows)
  })

  it('take what a column cannot hold as the nearest it can', async () => {
    const odd = { ...request('\u0000\ud800'), status: 3e9, bytes: 1.5, route: 7, duration_ms: Number('-Infinity') }
    await rig.write('requests', [odd])
    const [file] = await rig.files.list('requests')
    expect(await rig.engine.rows(`SELECT request_id, status, bytes, route, duration_ms FROM '${file}'`)).toEqual([
      { request_id: '\u0000\ufffd', status: 2 ** 31 - 1, bytes: 1, route: null, duration_ms: 1 - 2 ** 31 },
    ])
  })

  it('become one, and every row is there once, wherever that ends', async () => {
    await three()
    const all = ['r1', 'r2', 'r3']
    rig.steps = []
    await rig.writer().compact('requests', hour, at)
    const names = rig.steps
    expect(names.length).toBeGreaterThan(4)
    expect(await rig.files.list('requests')).toHaveLength(1)
    for (let dieAt = 0; dieAt < names.length; dieAt++) {
      rig.close()
      rig = await LakeRig.open()
      await three()
      Object.assign(rig, { steps: [], dieAt })
      await expect(rig.writer().compact('requests', hour, at)).rejects.toThrow(Died)
      expect([names[dieAt], await rig.ids(), await rig.idsByList()]).toEqual([names[dieAt], all, all])
      rig.dieAt = Number.POSITIVE_INFINITY
      await rig.writer().write('requests', { source: 'edge:aa', from: 4, to: 5 }, [request('r4')])
      await rig.writer().compact('requests', hour, at)
      expect([names[dieAt], await rig.ids()]).toEqual([names[dieAt], [...all, 'r4']])
      expect(await rig.files.list('requests')).toHaveLength(1)
    }
  })

  it('that were replaced can be read by who has listed them, until they are swept', async () => {
    await three()
    const listed = await rig.files.list('requests')
    await rig.writer().compact('requests', hour, at)
    const read = () =>
      rig.engine.rows(`SELECT request_id FROM read_parquet([${listed.map((file) => `'${file}'`).join(', ')}])`)
    expect(await rig.files.sweep('requests', at + 999, 1_000)).toBe(0)
    expect(await read()).toHaveLength(3)
    expect(await rig.files.sweep('requests', at + 1_000, 1_000)).toBe(1)
    await expect(read()).rejects.toThrow(/No files|not exist|No such file/)
    expect(await rig.ids()).toEqual(['r1', 'r2', 'r3'])
  })

  it('go by whole days, at once for who lists them, and come back for rows that do', async () => {
    await three()
    await rig.writer().write('requests', { source: 'edge:aa', from: 9, to: 10 }, [request('next', at + 86_400_000)])
    expect(await rig.files.dropBefore('requests', '2026-11-23', at)).toEqual(['2026-11-22'])
    expect([await rig.ids(), await rig.idsByList()]).toEqual([['next'], ['next']])
    await rig.writer().write('requests', { source: 'edge:aa', from: 10, to: 11 }, [request('late')])
    await rig.files.sweep('requests', at + 1_000, 1_000)
    expect(await new LakeFiles(rig.files.root).list('requests')).toHaveLength(2)
    expect(await rig.ids()).toEqual(['late', 'next'])
  })
})
