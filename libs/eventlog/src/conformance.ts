import { expect, it } from '@jest/globals'
import { bytesOf, many, type OpenLog, offsets, range, readAll, run, sourceIn } from './builders.js'
import { LogFull, partOf, runBytesMax, Trimmed, topics } from './event-log.js'

/** What every log promises; the fake and the real ones all run it. */
export function eventLogConformance(open: OpenLog) {
  it('gives the runs of a part offsets that rise by one from 0, and gives them back as they were', async () => {
    const { log, another } = await open({ parts: 1 })
    const other = await another()
    expect(range(await log.bounds('requests', 0))).toEqual([0, 0])
    const runs = many(5, (n) => run(n % 2 ? 'edge.log:0123456789abcdef' : 'zwölf 十二', n, 300 + n))
    for (const [n, each] of runs.entries()) expect(await log.append('requests', each)).toBe(n)
    expect(await readAll(other)).toEqual(runs.map((each, offset) => ({ ...each, offset })))
    expect(range(await other.bounds('requests', 0))).toEqual([0, 5])
    expect(range(await other.bounds('beacons', 0))).toEqual([0, 0])
  })

  it('keeps the order of a source in its one part, also when nobody waits for an answer', async () => {
    const { log } = await open({ parts: 3 })
    const sources = many(9, (i) => `source-${i}`)
    await Promise.all(many(90, (i) => log.append('requests', run(sources[i % 9] ?? '', Math.floor(i / 9)))))
    const parts = await Promise.all(many(3, (part) => readAll(log, part)))
    for (const source of sources) {
      const found = parts.map((runs) => runs.filter((each) => each.source === source))
      expect(found.map((runs) => runs.length > 0)).toEqual(many(3, (part) => part === partOf(source, 3)))
      expect(found.flat().map(({ from }) => from)).toEqual(many(10, (n) => n * 20))
    }
    expect(parts.flat()).toHaveLength(90)
  })

  it('takes the same run twice: it cannot know', async () => {
    const { log } = await open({ parts: 1 })
    expect([await log.append('spans', run('s')), await log.append('spans', run('s'))]).toEqual([0, 1])
    expect((await log.read('spans', 0, 0, 1_000, 0)).map(({ from }) => from)).toEqual([0, 0])
  })

  it('reads from any offset, one run at least and no more than asked for', async () => {
    const { log } = await open({ parts: 1 })
    for (let n = 0; n < 6; n++) await log.append('requests', run('s', n, 1_000))
    const read = async (from: number, bytesMax: number) => offsets(await log.read('requests', 0, from, bytesMax, 0))
    expect(await read(2, 1)).toEqual([2])
    expect(await read(3, 1_000_000)).toEqual([3, 4, 5])
    const some = await read(0, 2_500)
    expect([some[0], some.length < 6]).toEqual([0, true])
    expect(await read(6, 1_000)).toEqual([])
  })

  it('carries the largest runs there may be, each byte of them, and refuses larger ones', async () => {
    const { log } = await open({ parts: 1, bytesMax: 64 * 1024 * 1024 })
    const lines = bytesOf(runBytesMax)
    const runs = [run('s', 0, 256 * 1024), run('s', 1, 256 * 1024), { ...run('s', 1, runBytesMax), lines }]
    for (const each of runs) await log.append('requests', each)
    const found = await readAll(log, 0, 0, 300_000)
    expect(found.map((each, i) => each.lines.equals(runs[i]?.lines ?? Buffer.of()))).toEqual([true, true, true])
    await expect(async () => log.append('requests', run('s', 9, runBytesMax + 1))).rejects.toThrow(RangeError)
    expect(range(await log.bounds('requests', 0))).toEqual([0, 3])
  })

  it('waits for a run that another process appends, and no longer than asked', async () => {
    const { log, another, pass } = await open({ parts: 1 })
    const other = await another()
    await log.append('requests', run('s', 0))
    const waiting = log.read('requests', 0, 1, 1_000, 5_000)
    await pass(50)
    await other.append('requests', run('s', 1))
    await pass(1)
    expect(offsets(await waiting)).toEqual([1])
    const idle = log.read('requests', 0, 2, 1_000, 80)
    await pass(80)
    expect(await idle).toEqual([])
  })

  it('lets nobody wait for whoever waits in other parts', async () => {
    const { log, pass } = await open({ parts: 4 })
    const epochs = await Promise.all(many(4, (part) => log.bounds('requests', part)))
    const waiting = topics.flatMap((topic) => many(4, (part) => log.read(topic, part, 0, 1_000, 5_000)))
    await pass(50)
    for (const topic of topics)
      for (let part = 0; part < 4; part++) expect(await log.append(topic, run(sourceIn(part, 4)))).toBe(0)
    await pass(1)
    expect((await Promise.all(waiting)).map((runs) => runs.length)).toEqual(many(16, () => 1))
    expect(new Set(epochs.map(({ epoch }) => epoch.length > 0))).toEqual(new Set([true]))
  })

  it('lets go what is released, and nothing else', async () => {
    const { log, another } = await open({ parts: 2 })
    const other = await another()
    const source = sourceIn(1, 2)
    for (let n = 0; n < 6; n++) await log.append('requests', run(source, n))
    await log.release('requests', 1, 4)
    await other.release('requests', 1, 2)
    const { epoch, ...bounds } = await other.bounds('requests', 1)
    expect(bounds).toEqual({ first: 4, next: 6 })
    expect(offsets(await readAll(other, 1, 4))).toEqual([4, 5])
    const reading = other.read('requests', 1, 3, 1_000, 0)
    await expect(reading).rejects.toThrow(Trimmed)
    await expect(reading).rejects.toMatchObject({ first: 4, epoch })
    await log.release('requests', 1, 1_000, epoch)
    expect(await other.bounds('requests', 1)).toEqual({ first: 6, next: 6, epoch })
    expect(await log.append('requests', run(source, 6))).toBe(6)
    expect(offsets(await readAll(log, 1, 6))).toEqual([6])
  })

  it('takes no more than it may hold, loses none of it, and takes more when some is released', async () => {
    const { log } = await open({ parts: 1, bytesMax: 4 * 8 * runBytesMax })
    let taken = 0
    const fill = async () => {
      for (; taken < 100; taken++) await log.append('requests', run('s', taken, runBytesMax))
    }
    await expect(fill()).rejects.toThrow(LogFull)
    expect([taken > 0, taken <= 8]).toEqual([true, true])
    expect(await log.append('beacons', run('s'))).toBe(0)
    expect(offsets(await readAll(log))).toEqual(many(taken, (n) => n))
    const full = taken
    await log.release('requests', 0, 2)
    await expect(fill()).rejects.toThrow(LogFull)
    expect(taken).toBe(full + 2)
    await log.release('requests', 0, taken)
    await log.append('requests', run('s', taken, runBytesMax))
    expect(range(await log.bounds('requests', 0))).toEqual([taken, taken + 1])
  })

  it('holds one run however little it may hold', async () => {
    const { log } = await open({ parts: 1, bytesMax: 1_000 })
    expect(await log.append('requests', run('s', 0, runBytesMax))).toBe(0)
    await expect(log.append('requests', run('s', 1, runBytesMax))).rejects.toThrow(LogFull)
  })

  it('begins another epoch when it has lost everything: no reader takes new runs for old ones, and none goes unread', async () => {
    const { log, another, empty } = await open({ parts: 1 })
    const other = await another()
    for (let n = 0; n < 3; n++) await log.append('requests', run('s', n))
    const before = await other.bounds('requests', 0)
    expect(await log.bounds('requests', 0)).toEqual(before)
    await empty()
    await expect(other.read('requests', 0, 3, 1_000, 0)).rejects.toThrow(Trimmed)
    for (let n = 0; n < 5; n++) expect(await log.append('requests', run('t', n))).toBe(n)
    const reading = other.read('requests', 0, 3, 1_000, 0, before.epoch)
    await expect(reading).rejects.toThrow(Trimmed)
    const now = await other.bounds('requests', 0)
    expect([range(now), now.epoch === before.epoch]).toEqual([[0, 5], false])
    await expect(reading).rejects.toMatchObject({ first: 0, epoch: now.epoch })
    await expect(other.read('requests', 0, 0, 1_000, 0, 'of another log')).rejects.toThrow(Trimmed)
    await other.release('requests', 0, 3, before.epoch)
    expect((await readAll(other)).map(({ source, offset }) => `${source}${offset}`)).toEqual(many(5, (n) => `t${n}`))
  })

  it('answers nobody after it was closed', async () => {
    const { log } = await open({ parts: 1 })
    await log.append('requests', run('s'))
    await log.close()
    await expect(async () => log.append('requests', run('s'))).rejects.toThrow(/clos/i)
    await expect(async () => log.read('requests', 0, 0, 1_000, 100)).rejects.toThrow(/clos/i)
  })
}
