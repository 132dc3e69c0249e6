import { VirtualClock } from '@gala/kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { OpenFeature as ServerFlags } from '@openfeature/server-sdk'
import { ErrorCode, ProviderEvents, ProviderStatus, OpenFeature as WebFlags } from '@openfeature/web-sdk'
import { createClient } from '../client.js'
import { GalaServerProvider } from './server.js'
import { GalaWebProvider } from './web.js'

/** A page that is looked at, or not. */
class PlayedPage extends EventTarget {
  visibilityState = 'visible'

  turn(state: 'visible' | 'hidden') {
    this.visibilityState = state
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

const at = (s: number) => new Date(Date.UTC(2026, 0, 1, 20, 0, s)).toISOString()

let clock: VirtualClock
let page: PlayedPage
let asked: number
let features: Record<string, string>
let play: () => Response | Promise<Response>
let log: string[]
let over: AbortController

const answered = (headers: Record<string, string> = {}, asOf = at(asked)) =>
  new Response(JSON.stringify({ features, asOf }), { headers: { 'x-gala-cache': 'hit', ...headers } })
const refused = (headers = {}) => {
  const problem = { code: 'OVERLOADED', status: 503, detail: 'too much', retryable: true, traceId: 't', errors: [] }
  return new Response(JSON.stringify(problem), {
    status: 503,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
}

/** The played answer goes through streams of its own: some turns of the event loop until it has been read. */
async function pass(ms: number) {
  await clock.advance(ms)
  for (let turn = 0; turn < 5; turn++) await clock.advance(0)
}

const through = async () => {
  asked++
  return play()
}
const source = () => createClient({ baseUrl: 'http://gala.example', fetch: through as typeof fetch })
const options = () => ({ timing: clock, random: () => 0.5 })
const webProvider = () => new GalaWebProvider(source(), { ...options(), page })

beforeEach(() => {
  clock = new VirtualClock()
  page = new PlayedPage()
  asked = 0
  features = { likes: 'full', stats: 'cached', programmes: 'omit' }
  play = () => answered()
  log = []
  over = new AbortController()
})

afterEach(async () => {
  await Promise.all([WebFlags.close(), ServerFlags.close()])
  over.abort()
})

function heard() {
  const client = WebFlags.getClient()
  for (const event of [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error]) {
    client.addHandler(event, () => void log.push(event), over)
  }
  client.addHandler(
    ProviderEvents.ConfigurationChanged,
    (details) => {
      const { flagsChanged } = details as { flagsChanged?: string[] }
      log.push(`changed ${flagsChanged?.join()}: ${flagsChanged?.map((key) => client.getStringValue(key, '?')).join()}`)
    },
    over,
  )
  return client
}

describe('GalaWebProvider', () => {
  it('answers what a switch is in every type that makes sense of it', async () => {
    await WebFlags.setProviderAndWait(webProvider())
    const client = WebFlags.getClient()
    expect(client.getBooleanDetails('likes', false)).toMatchObject({
      value: true,
      variant: 'full',
      reason: 'DEFAULT',
      flagMetadata: { asOf: at(1), stale: false },
    })
    expect(client.getBooleanValue('stats', false)).toBe(true)
    expect(client.getBooleanValue('programmes', true)).toBe(false)
    expect(client.getStringDetails('stats', 'x')).toMatchObject({ value: 'cached', reason: 'TARGETING_MATCH' })
    expect(client.getObjectValue('programmes', {})).toEqual({ rung: 'omit' })
    expect(client.getNumberDetails('likes', 7)).toMatchObject({ value: 7, errorCode: ErrorCode.TYPE_MISMATCH })
    expect(client.getNumberDetails('polls', 7)).toMatchObject({ value: 7, errorCode: ErrorCode.FLAG_NOT_FOUND })
    expect(client.getBooleanDetails('toString', true)).toMatchObject({ errorCode: ErrorCode.FLAG_NOT_FOUND })
  })

  it('tells of the flags that changed, once they can be asked for, and of no others', async () => {
    await WebFlags.setProviderAndWait(webProvider())
    heard()
    await pass(5_000)
    features = { ...features, likes: 'omit', stats: 'full' }
    await pass(5_000)
    await pass(5_000)
    expect([asked, log]).toEqual([4, [ProviderEvents.Ready, 'changed likes,stats: omit,full']])
  })

  it('asks every five seconds, give or take a fifth', async () => {
    let chance = 0
    await WebFlags.setProviderAndWait(new GalaWebProvider(source(), { timing: clock, page, random: () => chance }))
    await pass(3_999)
    expect(asked).toBe(1)
    chance = 0.999_999
    await pass(1)
    await pass(5_999)
    expect(asked).toBe(2)
    await pass(1)
    expect(asked).toBe(3)
  })

  it('keeps what was last known, turns stale after half a minute without an answer, and ready again', async () => {
    await WebFlags.setProviderAndWait(webProvider())
    const client = heard()
    play = () => Promise.reject(new TypeError('no network'))
    await pass(29_999)
    expect([log, client.providerStatus]).toEqual([[ProviderEvents.Ready], ProviderStatus.READY])
    await pass(1)
    expect([log.at(-1), client.providerStatus]).toEqual([ProviderEvents.Stale, ProviderStatus.STALE])
    const old = { value: 'cached', reason: 'STALE', flagMetadata: { asOf: at(1), stale: true } }
    expect(client.getStringDetails('stats', '?')).toMatchObject(old)
    features = { ...features, stats: 'omit' }
    play = () => answered()
    await pass(60_000)
    expect(log).toEqual([ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Ready, 'changed stats: omit'])
    expect(client.getStringDetails('stats', '?')).toMatchObject({ value: 'omit', flagMetadata: { stale: false } })
  })

  it('does not take an old copy for word of now', async () => {
    await WebFlags.setProviderAndWait(webProvider())
    const client = heard()
    features = { ...features, likes: 'omit' }
    play = () => answered({ 'x-gala-cache': 'snapshot' }, at(0))
    await pass(30_000)
    expect([client.getStringValue('likes', '?'), log.at(-1)]).toEqual(['full', ProviderEvents.Stale])
  })

  it('starts from an old copy when there is nothing better, and says that it is stale', async () => {
    play = () => answered({ 'x-gala-cache': 'stale' })
    await WebFlags.setProviderAndWait(webProvider())
    const client = heard()
    await pass(0)
    expect([log, client.getBooleanDetails('likes', false).reason]).toEqual([
      [ProviderEvents.Ready, ProviderEvents.Stale],
      'STALE',
    ])
  })

  it('fails to start without an answer, goes on asking, and is ready when one comes', async () => {
    play = () => refused()
    await expect(WebFlags.setProviderAndWait(webProvider())).rejects.toMatchObject({ code: 'OVERLOADED' })
    const client = heard()
    expect(client.getBooleanDetails('likes', true)).toMatchObject({ errorCode: ErrorCode.PROVIDER_NOT_READY })
    await pass(40_000)
    play = () => answered()
    await pass(5_000)
    expect(log).toEqual([ProviderEvents.Error, ProviderEvents.Ready])
    expect(client.getBooleanValue('likes', false)).toBe(true)
  })

  it.each([
    ['no features', () => new Response('{}')],
    ['rungs that are none', () => new Response('{"features":{"likes":1},"asOf":"now"}')],
    ['a page of somebody else', () => new Response('<html>')],
    [
      'more flags than there can be',
      () => {
        features = Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`f${i}`, 'full']))
        return answered()
      },
    ],
  ])('takes nothing from an answer with %s', async (_, nonsense) => {
    await WebFlags.setProviderAndWait(webProvider())
    const client = heard()
    play = nonsense
    await pass(5_000)
    expect([asked, client.getStringValue('stats', '?'), log]).toEqual([2, 'cached', [ProviderEvents.Ready]])
  })

  it('stays away for as long as the platform asks, a minute at most', async () => {
    await WebFlags.setProviderAndWait(webProvider())
    play = () => refused({ 'retry-after': '20' })
    await pass(5_000)
    await pass(19_999)
    expect(asked).toBe(2)
    play = () => refused({ 'retry-after': '86400' })
    await pass(1)
    await pass(60_000)
    expect(asked).toBe(4)
  })

  it('asks nothing while nobody looks at the page, and at once when somebody does', async () => {
    await WebFlags.setProviderAndWait(webProvider())
    heard()
    page.turn('hidden')
    await pass(3_600_000)
    expect([asked, log]).toEqual([1, [ProviderEvents.Ready]])
    for (const state of ['visible', 'hidden', 'visible', 'hidden', 'visible'] as const) page.turn(state)
    await pass(0)
    expect([asked, log]).toEqual([2, [ProviderEvents.Ready]])
    page.turn('hidden')
    page.turn('visible')
    await pass(999)
    expect(asked).toBe(2)
    await pass(1)
    expect(asked).toBe(3)
  })

  it('loads once in a page that is opened behind others', async () => {
    page.visibilityState = 'hidden'
    await WebFlags.setProviderAndWait(webProvider())
    heard()
    await pass(3_600_000)
    expect([asked, log]).toEqual([1, [ProviderEvents.Ready]])
  })

  it('stops everything when it is closed, also an answer that is under way', async () => {
    await WebFlags.setProviderAndWait(webProvider())
    heard()
    let answer = (_: Response) => {}
    play = () => new Promise((resolve) => (answer = resolve))
    await pass(5_000)
    const provider = WebFlags.getProvider()
    await WebFlags.close()
    features = { likes: 'omit' }
    answer(answered())
    page.turn('hidden')
    page.turn('visible')
    await pass(3_600_000)
    expect([asked, log]).toEqual([2, [ProviderEvents.Ready]])
    expect(provider.metadata.name).toBe('gala')
  })
})

describe('GalaServerProvider', () => {
  it('answers a client on a server, and tells it of changes', async () => {
    await ServerFlags.setProviderAndWait(new GalaServerProvider(source(), options()))
    const client = ServerFlags.getClient()
    const changed: unknown[] = []
    client.addHandler(ProviderEvents.ConfigurationChanged as never, (details) => changed.push(details))
    expect(await client.getBooleanDetails('likes', false)).toMatchObject({ value: true, variant: 'full' })
    expect(await client.getStringValue('stats', '?')).toBe('cached')
    expect(await client.getObjectValue('stats', {})).toEqual({ rung: 'cached' })
    expect(await client.getNumberDetails('likes', 7)).toMatchObject({ errorCode: ErrorCode.TYPE_MISMATCH })
    features = { ...features, likes: 'omit' }
    await pass(5_000)
    expect(await client.getBooleanValue('likes', true)).toBe(false)
    expect(changed).toMatchObject([{ flagsChanged: ['likes'] }])
  })
})
