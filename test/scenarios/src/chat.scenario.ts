import { createHash } from 'node:crypto'
import { internalHeaders, type publicApi, type RouteReply, type Viewer } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient, type OpsClient } from '@gala/sdk'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connectRig, get, ownEvent, type Rig } from './rig.js'

type Reply = RouteReply<(typeof publicApi.rooms)['send']>
interface Said {
  status: number
  body: Reply & { code?: string }
  retryAfter: string | null
}

/** Application is asked as access asks it, so that every process can be asked on its own. */
describe('what a viewer says', () => {
  let rig: Rig
  let admin: OpsClient
  let room: string
  let applications: string[]
  let seq = 0
  const own = `t${process.pid}`
  const reason = 'a test'

  beforeAll(async () => {
    rig = await connectRig()
    admin = createOpsClient({ baseUrl: rig.a.base[0] ?? '', token: await rig.platform.token('admin', 3_600) })
    room = await ownEvent(rig, 'chat', 'preheat')
    await rig.operator.a.events.save({ params: { id: room }, body: { room: 'open', expectedVersion: 1 } })
    applications = [...rig.a.application, ...rig.b.application]
    const open = async (url: string) => (await say(url, 'hello')).status === 200
    for (const url of applications) await until(() => open(url), `${url} does not take messages`, 20_000)
  })
  afterAll(async () => {
    await words([])
    await gifts([])
  })

  const sent = (more: object) => ({ clientId: `client-${own}`, seq: seq++, ...more })
  const post = async (url: string, body: object, viewer: Partial<Viewer> | string | null = {}): Promise<Said> => {
    const anna = { id: 'anna', name: 'Anna', avatar: '', cohort: '' }
    const told =
      typeof viewer === 'string' ? viewer : Buffer.from(JSON.stringify({ ...anna, ...viewer })).toString('base64url')
    const headers = { 'content-type': 'application/json', ...(viewer !== null && { [internalHeaders.viewer]: told }) }
    const address = `${url}/v1/rooms/${room}/messages`
    const seen = await get(address, { method: 'POST', body: JSON.stringify(body), headers })
    return { status: seen.status, body: JSON.parse(seen.body), retryAfter: seen.headers.get('retry-after') }
  }
  const say = (url: string, text: string, viewer = {}) => post(url, sent({ type: 'chat', text }), viewer)
  const words = async (list: readonly string[]) => {
    const id = `list-${own}`
    const { items } = (await admin.rooms.words({})).data
    const expectedVersion = items.find((item) => item.id === id)?.version ?? 0
    const body = { title: 'Test', act: 'mask' as const, words: [...list], expectedVersion, reason }
    return await admin.rooms.saveWords({ params: { list: id }, body })
  }
  const gifts = async (items: { kind: string; title: string; value: number; active: boolean }[]) => {
    const { version: expectedVersion } = (await admin.rooms.gifts({})).data
    return await admin.rooms.saveGifts({ body: { items, expectedVersion, reason } })
  }
  const set = async (to: { slowS?: number; chat?: boolean }) => {
    const { settings } = (await admin.rooms.read({ params: { room } })).data
    await admin.rooms.save({ params: { room }, body: { ...to, expectedVersion: settings.version, reason } })
  }
  const everywhere = (holds: (url: string) => Promise<boolean>, what: string) =>
    Promise.all(applications.map((url) => until(() => holds(url), `${what} at ${url}`, 10_000)))

  it('is taken down once, whichever process hears it', async () => {
    const body = sent({ type: 'chat', text: 'once' })
    const replies = await Promise.all([...rig.a.application, ...rig.a.application].map((url) => post(url, body)))
    expect(new Set(replies.map((reply) => reply.body.id)).size).toBe(1)
    expect(replies.filter((reply) => !reply.body.repeated)).toHaveLength(1)
  })

  it('is not taken from nobody', async () => {
    const [url = ''] = applications
    const body = sent({ type: 'chat', text: 'hi' })
    for (const viewer of [null, 'rubbish', Buffer.from('{"id":""}').toString('base64url')]) {
      expect(await post(url, body, viewer)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } })
    }
  })

  it('is screened by 20,000 other words in every process right after they have been saved', async () => {
    // Of the same letters as the words that are looked for, so that hardly a state is shared for nothing.
    const many = Array.from({ length: 19_999 }, (_, i) =>
      createHash('md5').update(`${own} ${i}`).digest('hex').slice(0, 12),
    )
    await words([...many, `dreadful${own}`])
    const maskedAt = async (url: string) => (await say(url, `a dreadful${own} d-r-e-a-d-f-u-l-${own} thing`)).body.text
    await everywhere(async (url) => /^a \*+ [*-]+ thing$/.test(await maskedAt(url)), 'it is not masked')
    await words([])
    await everywhere(async (url) => !(await maskedAt(url)).includes('*'), 'it is still masked')
  })

  it('is refused to who is muted, in every process, and taken again when the mute is lifted', async () => {
    const mute = (seconds: number) =>
      admin.rooms.mute({ params: { room, viewer: 'mallory' }, body: { seconds, reason } })
    await mute(600)
    const codeAt = async (url: string) => (await say(url, 'me again', { id: 'mallory' })).body.code
    await everywhere(async (url) => (await codeAt(url)) === 'MUTED', 'not muted')
    expect((await say(applications[0] ?? '', 'hello')).status).toBe(200)
    await mute(0)
    await everywhere(async (url) => (await codeAt(url)) === undefined, 'still muted')
  })

  it('waits for its turn in slow mode, and is not taken at all where nobody may write', async () => {
    await set({ slowS: 600 })
    const limited = async (url: string) => (await say(url, 'slow', { id: 'sue' })).body.code === 'RATE_LIMITED'
    await everywhere(limited, 'no slow mode')
    expect(Number((await say(applications[0] ?? '', 'slow', { id: 'sue' })).retryAfter)).toBeGreaterThan(500)
    await set({ slowS: 0, chat: false })
    await everywhere(async (url) => (await say(url, 'anybody?')).body.code === 'SWITCHED_OFF', 'chat is on')
    await set({ chat: true })
    await everywhere(async (url) => (await say(url, 'anybody?')).status === 200, 'chat is off')
  })

  it('may be a gift of the catalogue', async () => {
    const rose = { kind: `rose-${own}`, title: 'Rose', value: 100, active: true }
    await gifts([rose, { ...rose, kind: `old-${own}`, active: false }])
    const give = (url: string, kind: string) => post(url, sent({ type: 'gift', gift: { kind, count: 9 } }))
    await everywhere(async (url) => (await give(url, rose.kind)).status === 200, 'no roses')
    const [url = ''] = applications
    const refused = await Promise.all(['old', 'palace'].map((kind) => give(url, `${kind}-${own}`)))
    expect(refused.map(({ body }) => body.code)).toEqual(['GIFT_UNKNOWN', 'GIFT_UNKNOWN'])
    const { active: _, ...shown } = rose
    expect(JSON.parse((await get(`${url}/v1/gifts`)).body)).toEqual({ items: [shown] })
  })

  it('needs a room that is there and open', async () => {
    const [url = ''] = applications
    const closed = await ownEvent(rig, 'closed', 'preheat')
    const open = room
    const codes: unknown[] = []
    for (const id of ['no-such-room', closed]) {
      room = id
      codes.push((await say(url, 'hi')).body.code)
    }
    room = open
    expect(codes).toEqual(['ROOM_NOT_FOUND', 'ROOM_CLOSED'])
  })
})
