import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { planted } from './planted.js'

const cli = join(resolve(import.meta.dirname, '..'), 'dist/cli.js')

interface Report {
  ok: boolean
  seed: number
  figures: { name: string; value: number; ok?: boolean }[]
}

/** `npm run chaos`, with the same words. */
function chaos(...args: string[]): Promise<{ code: number; report: Report }> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      [cli, '--json', ...args],
      { env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout) => done({ code: error ? Number(error.code) : 0, report: JSON.parse(stdout || '{}') as Report }),
    )
  })
}

/** The same every time: what a test says must not depend on the day. `npm run chaos` takes a new one with each run. */
const seed = '1'

/** It waits for nothing: this is work, some two minutes of two cores to itself, and no machine is too slow for it. */
const workWithinMs = 15 * 60_000

describe('cache and bus through seeded faults', () => {
  it(
    'keep the promise in every history',
    async () => {
      const { code, report } = await chaos('--seed', seed, '--runs', '3000')
      expect([report.figures.filter(({ ok }) => ok === false), report.ok, code]).toEqual([[], true, 0])
      expect(report.figures.find(({ name }) => name === 'reads')?.value).toBeGreaterThan(500_000)
    },
    workWithinMs,
  )

  it(
    'would be caught without any one of their guards, within 10,000 histories',
    async () => {
      const { code, report } = await chaos('--planted', '--seed', seed, '--runs', '10000')
      expect(report.figures.filter(({ ok }) => ok !== true)).toEqual([])
      expect([report.figures.length, code]).toEqual([Object.keys(planted).length, 0])
    },
    workWithinMs,
  )

  it('play the same history for the same seed', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => chaos('--seed', seed, '--runs', '20')))
    expect(one?.report.figures).toEqual(two?.report.figures)
  })
})
