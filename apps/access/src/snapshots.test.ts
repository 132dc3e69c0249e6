import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Snapshots } from './snapshots.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gala-snapshots-'))
})
afterEach(() => rm(dir, { recursive: true }))

/** Snapshots whose failures are thrown at the test. */
const open = (at: string, clock = new VirtualClock()) =>
  new Snapshots(at, clock, (error) => {
    throw error
  })

const settled = async (snapshots: Snapshots, path: string, text: string) => {
  for (;;) if (String((await snapshots.find(path))?.body) === text) return
}

describe('copies on disk', () => {
  it('are found again by a later process, and leave no half-written file', async () => {
    const writing = open(dir)
    writing.keep('/v1/events/a', Buffer.from('{"a":1}'))
    await settled(writing, '/v1/events/a', '{"a":1}')
    expect(String((await open(dir).find('/v1/events/a'))?.body)).toBe('{"a":1}')
    expect(await readdir(join(dir, 'v1/events'))).toEqual(['a.json'])
    expect(await open(dir).find('/v1/events/b')).toBeUndefined()
  })

  it('are renewed every five seconds at most', async () => {
    const clock = new VirtualClock()
    const snapshots = open(dir, clock)
    const write = (text: string) => snapshots.keep('/v1/x', Buffer.from(text))
    write('1')
    await settled(snapshots, '/v1/x', '1')
    await clock.advance(4_999)
    write('2')
    await clock.advance(1)
    write('3')
    await settled(snapshots, '/v1/x', '3')
  })

  it('never leave their folder', async () => {
    await expect(open(dir).find('/../../etc/passwd')).rejects.toThrow('leave its folder')
  })

  it('report a disk that cannot be written and go on', async () => {
    const file = join(dir, 'file')
    await writeFile(file, 'not a folder')
    const reported = new Promise((resolve) => {
      new Snapshots(file, new VirtualClock(), resolve).keep('/v1/x', Buffer.from('1'))
    })
    expect(await reported).toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) })
    expect(String(await readFile(file))).toBe('not a folder')
  })
})
