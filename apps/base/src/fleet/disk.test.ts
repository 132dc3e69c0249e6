import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { freePart } from './disk.js'

it('tells how much is free where a folder is to be that nobody has made yet', async () => {
  const { bavail, blocks } = await statfs(tmpdir())
  const free = await freePart(join(tmpdir(), `nobody-${process.pid}`, 'spool'))
  expect(free).toBeCloseTo(bavail / blocks, 1)
})

it('tells nothing of what is no folder', async () => {
  expect(await freePart('/dev/null/spool')).toBeUndefined()
})
