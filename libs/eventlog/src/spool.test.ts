import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@gala/kernel'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Spool } from './spool.js'

describe('a spool', () => {
  let dir: string
  const errors: Error[] = []
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'gala-spool-'))
    errors.length = 0
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const open = (bounds: { fileBytesMax?: number; bytesMax?: number } = {}, at = dir) =>
    new Spool({
      dir: at,
      topic: 'beacons',
      writer: 'one',
      clock: systemClock,
      onError: (error) => errors.push(error),
      ...bounds,
    })
  const files = () => readdirSync(dir).sort()
  const text = (name: string) => readFileSync(join(dir, name), 'utf8')

  it('keeps lines in their order, in files of bounded size', async () => {
    const spool = open({ fileBytesMax: 8 })
    for (const line of ['first', 'second', 'third']) {
      expect(spool.append(line)).toBe(true)
      await spool.flushed()
    }
    await spool.close()
    expect(files()).toEqual(['beacons.one.000002.log', 'beacons.one.log'])
    expect([text('beacons.one.000002.log'), text('beacons.one.log')]).toEqual(['first\nsecond\n', 'third\n'])
  })

  it('takes several lines together or not at all', async () => {
    const spool = open({ bytesMax: 20 })
    expect([spool.append('one\ntwo'), spool.append('three\nfour\nfive'), spool.append('six')]).toEqual([
      true,
      false,
      true,
    ])
    await spool.close()
    expect(text('beacons.one.log')).toBe('one\ntwo\nsix\n')
  })

  it('says that a line is written while others keep coming', async () => {
    const spool = open()
    let coming = true
    spool.append('first')
    const stream = (async () => {
      for (let i = 0; coming; i++) {
        spool.append(`${i}`)
        await systemClock.sleep(1)
      }
    })()
    await spool.flushed()
    coming = false
    expect(text('beacons.one.log')).toMatch(/^first\n/)
    await stream
    await spool.close()
  })

  it('begins a file of its own after half a line', async () => {
    writeFileSync(join(dir, 'beacons.one.log'), 'whole\nhal')
    const spool = open()
    spool.append('new')
    await spool.close()
    expect(files().map((name) => text(name))).toEqual(['whole\nhal', 'new\n'])
  })

  it('turns lines away when nobody carries its files on, and takes them again afterwards', async () => {
    const spool = open({ fileBytesMax: 10, bytesMax: 24 })
    expect(['123456789', '123456789', '123456789'].map((line) => spool.append(line))).toEqual([true, true, false])
    await spool.flushed()
    expect([spool.append('123456789'), spool.dropped]).toEqual([false, 2])
    expect(spool.append('1')).toBe(true)
    await spool.flushed()
    for (const name of files().filter((file) => /\d{6}/.test(file))) rmSync(join(dir, name))
    expect(spool.append('1')).toBe(true)
    await spool.flushed()
    await spool.close()
  })

  it('keeps what cannot be written, says why, and writes it later in its order', async () => {
    const at = join(dir, 'sub')
    writeFileSync(at, 'not a folder')
    const spool = open({}, at)
    spool.append('first')
    await expect(spool.flushed()).rejects.toThrow(/EEXIST|ENOTDIR/)
    rmSync(at)
    spool.append('second')
    await spool.close()
    expect(readFileSync(join(at, 'beacons.one.log'), 'utf8')).toBe('first\nsecond\n')
    expect(errors.length).toBeGreaterThan(0)
  })
})
