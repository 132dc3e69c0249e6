import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Platform, type PlatformOptions, until } from '@gala/platform'
import { createOpsClient } from '@gala/sdk'
import { afterAll, describe, expect, it } from '@jest/globals'
import { get } from './rig.js'

const root = resolve(import.meta.dirname, '../../..')
const stateDir = join(root, '.gala/test-sizes')
const portBase = Number(process.env['GALA_TEST_PORT_BASE'])
/** Beside another platform on a small machine. */
const small = { sizes: { hot: 0 }, streams: [] }

describe('the number of data centres', () => {
  afterAll(() => rm(stateDir, { recursive: true, force: true }))

  const sizes: [string, Partial<PlatformOptions>, string[]][] = [
    ['one', { dcs: 1 }, ['dc-a']],
    ['three, with links between them', { dcs: 3, links: { delayMs: 1 } }, ['dc-a', 'dc-b', 'dc-c']],
  ]

  it.each(sizes)('may be %s: what is written once is read in each of them', async (_, options, ids) => {
    // What is made once for all, an empty database, stays.
    for (const id of ids) await rm(join(stateDir, id), { recursive: true, force: true })
    const platform = new Platform({ root, stateDir, portBase, ...small, ...options })
    await platform.start()
    try {
      const { dcs, opsToken } = await platform.status()
      expect(dcs.map(({ id, ready }) => [id, ready])).toEqual(ids.map((id) => [id, true]))
      const everywhere = async (path: string, holds: (body: string, headers: Headers) => boolean) => {
        for (const { id, edge } of dcs) {
          const seen = async () => {
            const { status, body, headers } = await get(`${edge}${path}`)
            return status === 200 && holds(body, headers)
          }
          await until(seen, `${id} does not show it at ${path}`, 10_000)
        }
      }
      await everywhere('/v1/events/spring-gala', (body) => body.includes('spring-gala'))

      const ops = createOpsClient({ baseUrl: dcs.at(-1)?.base[0] ?? '', token: opsToken })
      const params = { id: 'spring-gala' }
      const { version } = (await ops.events.detail({ params })).data
      await ops.events.save({ params, body: { title: 'For all', expectedVersion: version } })
      await everywhere('/v1/events/spring-gala', (body) => body.includes('"For all"'))

      // What nobody has asked for yet leaves nothing to be served once it is switched off.
      await everywhere('/v1/events/spring-gala/stats', () => true)
      const body = { state: 'static' as const, reason: 'scenario', expectedRev: 0 }
      await ops.switches.order({ params: { key: 'stats' }, body })
      await everywhere('/v1/events/spring-gala/stats', (_body, headers) =>
        String(headers.get('x-gala-degraded')).includes('stats'),
      )
    } finally {
      await platform.stop()
    }
  })
})
