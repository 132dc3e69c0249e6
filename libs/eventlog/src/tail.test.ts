import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom, VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Run } from './event-log.js'
import { Tail } from './tail.js'
import { tailNames } from './tail-files.js'

describe('a tail', () => {
  let dir: string
  let clock: VirtualClock
  let places: Map<string, number>
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'gala-tail-'))
    clock = new VirtualClock()
    places = new Map()
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const path = (number?: number) =>
    join(dir, number === undefined ? 'access.log' : `access.${String(number).padStart(6, '0')}.log`)
  const open = (runBytesMax?: number) =>
    new Tail({ dir, name: 'access', clock, settleMs: 5_000, ...(runBytesMax !== undefined && { runBytesMax }) })
  const take = (runs: readonly Run[]) => {
    for (const { source, from, to, count, lines } of runs) {
      expect(from).toBe(places.get(source) ?? 0)
      expect(lines.toString().split('\n')).toHaveLength(count + 1)
      places.set(source, to)
    }
    return runs.map(({ lines }) => lines.toString()).join('')
  }
  const readAll = async (tail: Tail, bytesMax = 1_000) => {
    let text = ''
    for (let more = 'some'; more !== ''; text += more) more = take(await tail.next(places, bytesMax))
    return text
  }

  it('reads whole lines, as many as a run may hold, and the rest when it is whole', async () => {
    const tail = open(8)
    writeFileSync(path(), 'one\ntwo\nthree\nfo')
    const runs = await tail.next(places, 1_000)
    expect(runs.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0, 8, 2],
      [8, 14, 1],
    ])
    take(runs)
    expect(await tail.next(places, 1_000)).toEqual([])
    appendFileSync(path(), 'ur\n')
    expect(await readAll(tail)).toBe('four\n')
  })

  it('follows a file through renaming, and goes on where its places say when it begins again in the middle', async () => {
    writeFileSync(path(), 'one\ntwo\nthree\n')
    take(await open(8).next(places, 4))
    renameSync(path(), path(7))
    writeFileSync(path(), 'four\n')
    const tail = open()
    // A writer that has not heard of it yet still has the old one open.
    appendFileSync(path(7), 'late\n')
    expect(await readAll(tail)).toBe('three\nlate\nfour\n')
    renameSync(path(7), path(8))
    expect(await readAll(tail)).toBe('')
    expect(tail.truncated).toBe(0)
  })

  it('reads full files by their numbers, not by their names', async () => {
    writeFileSync(path(1_000_000), 'third\n')
    writeFileSync(path(999_999), 'second\n')
    writeFileSync(path(2), 'first\n')
    writeFileSync(path(), 'fourth\n')
    expect(await readAll(open())).toBe('first\nsecond\nthird\nfourth\n')
  })

  it('waits for the first whole line of a file, which is its name', async () => {
    const tail = open()
    expect(await tail.look()).toEqual([])
    writeFileSync(path(), 'hal')
    expect(await readAll(tail)).toBe('')
    expect((await tail.look()).map(({ source }) => source)).toEqual([undefined])
    appendFileSync(path(), 'f\n')
    expect(await readAll(tail)).toBe('half\n')
    expect([...places.keys()]).toEqual([expect.stringMatching(/^access:[0-9a-f]{16}$/)])
  })

  it('reads a file and its copy once, whichever of them goes on', async () => {
    const tail = open()
    writeFileSync(path(), 'one\ntw')
    expect(await readAll(tail)).toBe('one\n')
    copyFileSync(path(), path(1))
    appendFileSync(path(), 'o\nthree\n')
    expect(await readAll(tail)).toBe('two\nthree\n')
    await clock.advance(5_000)
    expect(await tail.finished(places)).toEqual([expect.objectContaining({ path: path(1), torn: false })])
  })

  it('reads the copy of a file that was emptied, and what comes into it as a source of its own', async () => {
    const tail = open()
    writeFileSync(path(), 'one\ntwo\n')
    take(await open(4).next(places, 4))
    await tail.look()
    copyFileSync(path(), path(1))
    truncateSync(path())
    expect(await readAll(tail)).toBe('two\n')
    appendFileSync(path(), 'new, and longer than it was\n')
    expect(await readAll(tail)).toBe('new, and longer than it was\n')
    expect([tail.truncated, places.size]).toEqual([1, 2])
  })

  it('counts a file that was emptied without a copy, even when it has grown past its old end since', async () => {
    const tail = open()
    writeFileSync(path(), 'one\n')
    expect(await readAll(tail)).toBe('one\n')
    truncateSync(path())
    appendFileSync(path(), 'other\nlines\n')
    expect(await readAll(tail)).toBe('other\nlines\n')
    expect(tail.truncated).toBe(1)
  })

  it('carries a line that is longer than a run as an empty one', async () => {
    const tail = open(8)
    writeFileSync(path(), `one\n${'x'.repeat(30)}\ntwo\n${'y'.repeat(30)}`)
    const runs = await tail.next(places, 1_000)
    expect(runs.map(({ lines }) => lines.toString())).toEqual(['one\n', '\n', 'two\n'])
    take(runs)
    appendFileSync(path(), '\n')
    expect(await readAll(tail)).toBe('\n')
  })

  it('knows a file by a first line that is longer than any run', async () => {
    writeFileSync(path(), `${'x'.repeat(30)}\ntwo\n`)
    expect(await readAll(open(8))).toBe('\ntwo\n')
  })

  it('is finished with a full file that was read to its end, when nothing came for a while', async () => {
    const tail = open()
    writeFileSync(path(1), 'one\ntwo\n')
    writeFileSync(path(2), 'three\nfour, which nobody fini')
    writeFileSync(path(3), '')
    writeFileSync(path(), 'five\n')
    take(await tail.next(places, 8))
    await clock.advance(4_999)
    expect(await tail.finished(places)).toEqual([])
    await clock.advance(1)
    expect((await tail.finished(places)).map((file) => [file.path, file.torn])).toEqual([
      [path(1), false],
      [path(3), false],
    ])
    await readAll(tail)
    appendFileSync(path(1), 'late\n')
    expect((await tail.finished(places)).map((file) => [file.path, file.torn, file.end])).toEqual([
      [path(2), true, 6],
      [path(3), false, 0],
    ])
  })

  it('names what a folder holds by topic, however far its files have been numbered', async () => {
    for (const file of [
      'beacons.a-1.log',
      'beacons.a-1.000003.log',
      'spans.b.000001.log',
      'notes.txt',
      'other.x.log',
    ]) {
      writeFileSync(join(dir, file), '')
    }
    expect(await tailNames(dir)).toEqual([
      { topic: 'beacons', name: 'beacons.a-1' },
      { topic: 'spans', name: 'spans.b' },
    ])
    expect(await tailNames(join(dir, 'missing'))).toEqual([])
  })

  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'loses and doubles nothing, whatever comes in between (seed %i)',
    async (seed) => {
      const random = seededRandom(seed)
      const below = (limit: number) => Math.floor(random() * limit)
      let tail = open(64)
      let written = ''
      let half = ''
      let number = 0
      let lines = 0
      writeFileSync(path(), '')
      const bySource = new Map<string, string>()
      const acts = [
        () => {
          const line = `${half === '' ? `line ${lines++} ${'x'.repeat(below(40))}` : ''}\n`
          written += half + line
          half = ''
          appendFileSync(path(), line)
        },
        () => {
          if (half !== '') return
          half = `half ${lines++}`
          appendFileSync(path(), half)
        },
        () => {
          if (half !== '') return
          renameSync(path(), path(++number))
          writeFileSync(path(), '')
        },
        async () => {
          for (const { path: old } of await tail.finished(places)) unlinkSync(old)
        },
        async () => {
          for (const run of await tail.next(places, 1 + below(300))) {
            take([run])
            bySource.set(run.source, (bySource.get(run.source) ?? '') + run.lines.toString())
          }
        },
        () => clock.advance(below(4_000)),
        () => {
          tail = open(64)
        },
      ]
      for (let step = 0; step < 200; step++) await acts[below(acts.length)]?.()
      for (let more = await tail.next(places, 1_000); more.length > 0; more = await tail.next(places, 1_000)) {
        for (const run of more) {
          take([run])
          bySource.set(run.source, (bySource.get(run.source) ?? '') + run.lines.toString())
        }
      }
      expect([...bySource.values()].join('')).toBe(written)
      expect(tail.truncated).toBe(0)
    },
  )
})
