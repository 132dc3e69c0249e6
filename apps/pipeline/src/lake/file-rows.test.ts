import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tail } from '@gala/eventlog'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { FileRows } from './file-rows.js'
import { SourceGone } from './row-source.js'
import type { LakeRow } from './tables.js'

const at = Date.UTC(2026, 10, 22, 12)
const beacon = (seq: number) =>
  `${JSON.stringify({ id: `s-${seq}`, at: at + seq, received: at, dc: 'dc-a', event: 'gala', kind: 'beat', session: 's', viewer: null, verified: false })}\n`
const seqs = (rows: readonly LakeRow[]) => rows.map((row) => ('seq' in row ? row.seq : undefined))

describe('rows of files', () => {
  let dir: string
  let file: string
  let clock: VirtualClock
  const open = () => new FileRows({ dc: 'dc-a', spoolDir: dir, clock })
  const fromStart = () => 0
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'gala-rows-'))
    file = join(dir, 'beacons.one.log')
    clock = new VirtualClock(at)
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('are those of whole lines, and one range of each file', async () => {
    writeFileSync(file, beacon(1) + beacon(2) + beacon(3).slice(0, 20))
    writeFileSync(join(dir, 'requests.two.log'), 'no line of an edge\n')
    const { found, all } = await open().next(fromStart, 1_000)
    const [beacons, requests] = found
    expect([all, found.length, beacons?.table, beacons?.from, beacons?.to]).toEqual([
      true,
      2,
      'beacons',
      0,
      (beacon(1) + beacon(2)).length,
    ])
    expect(seqs(beacons?.rows ?? [])).toEqual([1, 2])
    expect(requests?.rows).toEqual([expect.objectContaining({ at_ms: 0, outcome: 'malformed' })])
  })

  it('are exactly the same again, though the file has grown and has another name', async () => {
    writeFileSync(file, beacon(1) + beacon(2))
    const { found } = await open().next(fromStart, 1_000)
    const [first] = found
    if (!first) throw new Error('nothing was found')
    appendFileSync(file, beacon(3))
    renameSync(file, join(dir, 'beacons.one.000001.log'))
    writeFileSync(file, beacon(4))
    expect(await open().again(first)).toEqual(first)
    const tail = { ...first, from: beacon(1).length }
    expect(seqs((await open().again(tail)).rows)).toEqual([2])
  })

  it('go on in the order of files after a renaming', async () => {
    writeFileSync(join(dir, 'beacons.one.000001.log'), beacon(1))
    writeFileSync(file, beacon(2))
    const rows = open()
    const { found } = await rows.next(fromStart, 1_000)
    expect(found.map((range) => seqs(range.rows))).toEqual([[1], [2]])
    const places = new Map(found.map(({ source, to }) => [source, to]))
    appendFileSync(file, beacon(3))
    const more = await rows.next((source) => places.get(source) ?? 0, 1_000)
    expect(more.found.map((range) => seqs(range.rows))).toEqual([[3]])
  })

  it('do not come twice when a file is being renamed while it is looked for', async () => {
    writeFileSync(file, beacon(1))
    const rows = open()
    const [first] = (await rows.next(fromStart, 1_000)).found
    const look = Tail.prototype.look
    try {
      Tail.prototype.look = async () => {
        Tail.prototype.look = look
        return []
      }
      const more = await rows.next((source) => (source === first?.source ? first.to : 0), 1_000)
      expect(more.found).toEqual([])
    } finally {
      Tail.prototype.look = look
    }
  })

  it('of a file that is gone are given up after a few looks, and of no other', async () => {
    writeFileSync(file, beacon(1))
    const rows = open()
    const [first] = (await rows.next(fromStart, 1_000)).found
    if (!first) throw new Error('nothing was found')
    rmSync(file)
    for (let look = 1; look < 5; look++) await expect(rows.again(first)).rejects.not.toThrow(SourceGone)
    await expect(rows.again(first)).rejects.toThrow(SourceGone)
  })

  it('are told apart from files that are missing for a moment', async () => {
    writeFileSync(file, beacon(1))
    const rows = open()
    const [first] = (await rows.next(fromStart, 1_000)).found
    const source = first?.source ?? ''
    renameSync(file, join(dir, 'away'))
    expect([...(await rows.missing([source]))]).toEqual([])
    await clock.advance(600_001)
    renameSync(join(dir, 'away'), file)
    expect([...(await rows.missing([source]))]).toEqual([])
    rmSync(file)
    expect([...(await rows.missing([source]))]).toEqual([])
    await clock.advance(600_001)
    expect([...(await rows.missing([source]))]).toEqual([source])
  })
})
