import { PlatformClient } from '@gala/platform'
import { describe, expect, it } from '@jest/globals'
import { metricsNamed } from './alerts.js'
import { deployDir } from './copies.js'

describe('metrics', () => {
  it('that alerts and dashboards name are exported by some process', async () => {
    const { dcs } = await PlatformClient.connect(process.env['GALA_TEST_STATE_DIR'] ?? '').status()
    const parts = dcs
      .flatMap((dc) => dc.parts)
      .filter(({ name }) => /\.(access|application|base|pipeline)-\d+$/.test(name))
    const pages = await Promise.all(
      parts.map(async ({ url }) => (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text()),
    )
    const exported = new Set(pages.flatMap((page) => [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)))
    const isExported = (name: string) => exported.has(name) || exported.has(name.replace(/_(bucket|count|sum)$/, ''))
    expect(metricsNamed(deployDir).filter((name) => !isExported(name))).toEqual([])
  })
})
