import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryEventLog, MemoryParts } from '@gala/eventlog/testing'
import { randomHex } from '@gala/kernel'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { requestLine } from '../rows/line-builders.js'
import { Checkpoint } from './checkpoint.js'
import { EdgeLog } from './edge-log.js'
import { FileKeeper, type OtherLink } from './file-keeper.js'
import { KeptPlaces, type PartReader } from './kept-places.js'
import { LineFiles } from './line-files.js'
import { Shipper } from './shipper.js'
import { shipperSignals } from './shipper-signals.js'

const minute = Date.UTC(2026, 1, 16, 12)

describe('whoever sends lines and keeps their files', () => {
  let dir: string
  let clock: VirtualClock
  let checkpoint: Checkpoint
  let readers: PartReader[]
  let other: OtherLink
  const shared = new MemoryParts()
  const signals = shipperSignals(new Registry())
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'gala-keeper-'))
    clock = new VirtualClock()
    checkpoint = await Checkpoint.open(join(dir, 'state', 'checkpoint.json'))
    readers = []
    other = { placeOf: async () => undefined }
    shared.away = false
    shared.empty()
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const file = (number?: number) => join(dir, number === undefined ? 'access.log' : `access.00000${number}.log`)
  const lines = (count: number, atMs = minute) =>
    Array.from(
      { length: count },
      (_, i) => `${requestLine({ msec: (atMs + i) / 1_000, request_id: randomHex(16) })}\n`,
    ).join('')
  const numbered = () => readdirSync(dir).filter((name) => /\d{6}/.test(name))
  function open(bytesMax = Number.MAX_SAFE_INTEGER) {
    const files = new LineFiles({ spoolDir: join(dir, 'spool'), edgeLogFile: file(), clock, runBytesMax: 2_048 })
    const kept = new KeptPlaces(async () => readers)
    const log = new MemoryEventLog({ clock, parts: 1, shared, bytesMax: 8_192 })
    const common = { files, checkpoint, kept, signals }
    return {
      kept,
      log,
      shipper: new Shipper({ ...common, log }),
      keeper: new FileKeeper({ ...common, other, clock, bytesMax }),
    }
  }
  const readAll = async (log: MemoryEventLog) => {
    const { next, epoch } = await log.bounds('requests', 0)
    const places = new Map([...checkpoint.sources].map(([source, { shipped }]) => [source, shipped]))
    readers = [{ topic: 'requests', part: 0, nextOffset: next, epoch, places }]
  }
  const counts = () => checkpoint.counts('requests', 0, Number.MAX_SAFE_INTEGER)

  it('counts lines as read while the log takes none, and sends them when it does', async () => {
    const { shipper } = open()
    writeFileSync(file(), lines(5))
    shared.away = true
    expect(await shipper.step()).toBe('blocked')
    expect(counts()).toEqual(new Map([[minute, { read: 5, shipped: 0, lost: 0, torn: 0 }]]))
    shared.away = false
    expect([await shipper.step(), await shipper.step()]).toEqual(['sent', 'idle'])
    expect(counts()).toEqual(new Map([[minute, { read: 5, shipped: 5, lost: 0, torn: 0 }]]))
  })

  it('stops sending into a full log, and goes on where it stopped', async () => {
    const { shipper, log } = open()
    writeFileSync(file(), lines(60))
    expect(await shipper.step()).toBe('blocked')
    const sent = counts().get(minute)?.shipped ?? 0
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(60)
    for (let round = 0; round < 20; round++) {
      await log.release('requests', 0, (await log.bounds('requests', 0)).next)
      await shipper.step()
    }
    expect(counts().get(minute)).toEqual({ read: 60, shipped: 60, lost: 0, torn: 0 })
  })

  it('keeps a full file until both links have carried it on', async () => {
    const loaded = new Map<string, number>()
    other = { placeOf: async (source) => loaded.get(source) ?? 0 }
    const { shipper, keeper, kept, log } = open()
    writeFileSync(file(1), lines(3))
    writeFileSync(file(), lines(1))
    await shipper.step()
    await clock.advance(10_000)
    await keeper.step()
    expect(numbered()).toHaveLength(1)
    await readAll(log)
    await kept.refresh()
    await clock.advance(10_000)
    await keeper.step()
    expect(numbered()).toHaveLength(1)
    for (const [source, { shipped }] of checkpoint.sources) loaded.set(source, shipped)
    await keeper.step()
    expect(numbered()).toEqual([])
  })

  it('deletes the oldest full file for want of room, and counts every line of it that was not sent', async () => {
    const { shipper, keeper } = open(9_000)
    shared.away = true
    writeFileSync(file(1), lines(10))
    writeFileSync(file(2), lines(10, minute + 60_000))
    writeFileSync(file(), lines(3, minute + 120_000))
    await shipper.step()
    await keeper.step()
    expect(numbered()).toEqual(['access.000002.log'])
    const none = { read: 0, shipped: 0, lost: 0, torn: 0 }
    expect([...counts()].filter(([at]) => at === minute)).toEqual([[minute, { ...none, read: 10, lost: 10 }]])
    shared.away = false
    for (let round = 0; round < 3; round++) await shipper.step()
    const sums = [...counts().values()].reduce((sum, { shipped, lost }) => sum + shipped + lost, 0)
    expect(sums).toBe(23)
  })

  it('does not count again what it gave up, when it ends before the file is gone', async () => {
    shared.away = true
    writeFileSync(file(1), lines(10))
    await open(1).keeper.step()
    const before = counts()
    checkpoint = await Checkpoint.open(join(dir, 'state', 'checkpoint.json'))
    expect(counts()).toEqual(before)
    await open(1).keeper.step()
    expect(counts()).toEqual(before)
    expect(before.get(minute)).toEqual({ read: 10, shipped: 0, lost: 10, torn: 0 })
  })

  it('counts half a line at the end of a full file as torn, in its minute', async () => {
    const { shipper, keeper, kept, log } = open()
    writeFileSync(file(1), lines(2) + requestLine({ msec: (minute + 60_000) / 1_000 }).slice(0, 90))
    await shipper.step()
    await readAll(log)
    await kept.refresh()
    await keeper.step()
    await clock.advance(10_000)
    await keeper.step()
    expect(numbered()).toEqual([])
    expect(counts().get(minute + 60_000)).toEqual({ read: 0, shipped: 0, lost: 0, torn: 1 })
  })

  it('sends again what the log lost, from where its reader is', async () => {
    const { shipper, log } = open()
    writeFileSync(file(), lines(4))
    await shipper.step()
    await readAll(log)
    appendFileSync(file(), lines(2))
    await shipper.step()
    shared.empty()
    const { next, epoch } = await log.bounds('requests', 0)
    readers = readers.map((reader) => ({ ...reader, nextOffset: next, epoch }))
    await shipper.look()
    await shipper.step()
    const [run, more] = await log.read('requests', 0, 0, 1_000_000, 0)
    expect([run?.from, run?.count, more]).toEqual([readers[0]?.places.values().next().value, 2, undefined])
    expect(counts().get(minute)).toEqual({ read: 6, shipped: 6, lost: 0, torn: 0 })
  })

  it('sends again what the log lost, although its reader is never quite through with what comes', async () => {
    const { shipper, log } = open()
    writeFileSync(file(), lines(4))
    await shipper.step()
    shared.empty()
    const { epoch } = await log.bounds('requests', 0)
    const runs = async () => (await log.read('requests', 0, 0, 1_000_000, 0)).map(({ from }) => from)
    for (let round = 0; round < 3; round++) {
      const { next } = await log.bounds('requests', 0)
      appendFileSync(file(), lines(1))
      await shipper.step()
      readers = [{ topic: 'requests', part: 0, nextOffset: next, epoch, places: new Map() }]
      await shipper.look()
    }
    expect(await runs()).toContain(0)
  })

  it('sends nothing again while its reader is still on the way', async () => {
    const { shipper, log } = open()
    writeFileSync(file(), lines(4))
    await shipper.step()
    const { epoch } = await log.bounds('requests', 0)
    readers = [{ topic: 'requests', part: 0, nextOffset: 0, epoch, places: new Map() }]
    await shipper.look()
    expect(await shipper.step()).toBe('idle')
  })

  describe('of the edge', () => {
    const told: number[] = []
    const edge = (pid = process.pid) => {
      told.length = 0
      writeFileSync(join(dir, 'nginx.pid'), `${pid}\n`)
      return new EdgeLog({
        file: file(),
        pidFile: join(dir, 'nginx.pid'),
        fileBytesMax: 2_000,
        signal: (to) => told.push(to),
      })
    }

    it('begins a new file only when the one there is large', async () => {
      const log = edge()
      expect(await log.look()).toBe(false)
      writeFileSync(file(), lines(1))
      expect(await log.look()).toBe(false)
      expect([numbered(), told]).toEqual([[], []])
    })

    it('renames the large file, and does not signal a process that is no edge', async () => {
      writeFileSync(file(), lines(10))
      writeFileSync(file(4), lines(1))
      await edge().look()
      expect(numbered()).toEqual(['access.000004.log', 'access.000005.log'])
      expect(told).toEqual([])
    })

    it('signals again while nobody has begun a new file', async () => {
      const log = edge(2 ** 30)
      writeFileSync(file(), lines(10))
      expect([await log.look(), await log.look()]).toEqual([true, true])
      expect(told).toEqual([2 ** 30, 2 ** 30])
      renameSync(file(1), file())
      rmSync(file())
      writeFileSync(file(), '')
      expect(await log.look()).toBe(false)
    })
  })
})
