import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { ConfigError, defineConfig, httpUrl, list, loadConfig, pairs } from './config.js'

const spec = defineConfig({
  GALA_PEERS: list(httpUrl),
  GALA_KEYS: pairs(z.string().regex(/^[0-9a-f]+$/, 'must be hex')).optional(),
})
const good = {
  GALA_DC: 'dc-a',
  GALA_INSTANCE: 'x-1',
  GALA_PORT: '7000',
  GALA_REDIS_URL: 'redis://127.0.0.1:1',
  GALA_PEERS: 'http://a, http://b',
}

function refused(env: Record<string, string>): string[] {
  try {
    loadConfig(spec, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
  return []
}

describe('configuration', () => {
  it('is read from the environment with its defaults', () => {
    const config = loadConfig(spec, { ...good, GALA_KEYS: 'one=ab,two=cd', PATH: '/bin' })
    expect(config).toMatchObject({
      GALA_HOST: '127.0.0.1',
      GALA_PORT: 7000,
      GALA_PEERS: ['http://a', 'http://b'],
      GALA_KEYS: [
        { name: 'one', value: 'ab' },
        { name: 'two', value: 'cd' },
      ],
    })
  })

  it('names every refused key at once, with the reason', () => {
    const { GALA_DC: _, ...without } = good
    expect(refused({ ...without, GALA_PORT: '70000', GALA_PORTT: '1', GALA_PEERS: 'ftp://x' })).toEqual([
      'GALA_DC: is missing',
      expect.stringMatching(/^GALA_PORT: .*65535/),
      expect.stringMatching(/^GALA_PEERS\.0: /),
      'GALA_PORTT: there is no such key',
    ])
  })

  it('never prints a value: it may be a secret', () => {
    expect(refused({ ...good, GALA_KEYS: 'one=TOP-SECRET' })).toEqual([expect.stringContaining('must be hex')])
    expect(refused({ ...good, GALA_KEYS: 'one=TOP-SECRET' }).join()).not.toContain('TOP-SECRET')
  })
})
