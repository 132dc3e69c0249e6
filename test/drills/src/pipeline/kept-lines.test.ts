import { appendFile, mkdir, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { KeptLines } from './kept-lines.js'

const line = (second: number, uri: string) => `{"msec":${1_771_243_200 + second}.500,"uri":"${uri}"}\n`

describe('lines that are kept', () => {
  let dir: string
  let kept: KeptLines
  const edge = () => join(dir, 'dc-a', 'edge')
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'gala-kept-'))
    await mkdir(edge(), { recursive: true })
    await writeFile(join(edge(), 'access.log'), line(0, '/v1/events/own-1') + line(1, '/v1/pingbacks'))
    kept = await KeptLines.of(dir, ['dc-a'], '/v1/events/own-')
  })
  afterEach(async () => {
    await kept.stop()
    await rm(dir, { recursive: true })
  })

  const counted = async (beforeS: number) => (await kept.count((1_771_243_200 + beforeS) * 1_000)).get('dc-a requests')

  it('are counted once each, though their file was renamed, written on and deleted', async () => {
    await rename(join(edge(), 'access.log'), join(edge(), 'access.000001.log'))
    await appendFile(join(edge(), 'access.000001.log'), line(2, '/v1/events/own-2'))
    await writeFile(join(edge(), 'access.log'), line(3, '/v1/events/other'))
    expect(await counted(10)).toEqual({ lines: 4, own: 2, untimed: 0 })
    await unlink(join(edge(), 'access.000001.log'))
    expect(await counted(10)).toEqual({ lines: 4, own: 2, untimed: 0 })
    expect(kept.files).toBe(2)
  })

  it('are those before a moment; one without a moment is told apart', async () => {
    await appendFile(join(edge(), 'access.log'), '{"uri":"/v1/events/own-1"}\n')
    expect(await counted(1)).toEqual({ lines: 1, own: 1, untimed: 1 })
  })
})
