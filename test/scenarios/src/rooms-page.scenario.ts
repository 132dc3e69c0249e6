import { until } from '@gala/platform'
import { createOpsClient, type OpsClient } from '@gala/sdk'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, countOf, openBrowser, openPage, phone } from './browser.js'
import { connectRig, ownEvent, type Rig } from './rig.js'

describe('the room on the viewer’s page', () => {
  let rig: Rig
  let admin: OpsClient
  let browser: Browser
  const reason = 'a test'
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
    admin = createOpsClient({ baseUrl: rig.a.base[0] ?? '', token: await rig.platform.token('admin', 3_600) })
    await giftsAre([{ kind: 'rose', title: '玫瑰', value: 100, active: true }])
  })
  afterAll(async () => {
    await browser.close()
    await giftsAre([])
  })

  const giftsAre = async (items: { kind: string; title: string; value: number; active: boolean }[]) => {
    const { version: expectedVersion } = (await admin.rooms.gifts({})).data
    await admin.rooms.saveGifts({ body: { items, expectedVersion, reason } })
  }
  const openRoom = async (prefix: string) => {
    const id = await ownEvent(rig, prefix, 'preheat')
    await rig.operator.a.events.save({ params: { id }, body: { room: 'open', expectedVersion: 1 } })
    return id
  }
  const linked = (page: Page, as: 'live' | 'polling', withinMs = 30_000) => {
    let seen: string | null = null
    const look = async () => {
      seen = await page.getByTestId('room-link').getAttribute('data-link')
      return seen === as
    }
    return until(look, () => `the room is ${seen}, not ${as}`, withinMs)
  }
  const say = async (page: Page, text: string) => {
    await page.getByTestId('chat-input').fill(text)
    await page.getByTestId('chat-send').click()
    await page.getByTestId('chat-line').filter({ hasText: text }).first().waitFor()
  }
  const times = (page: Page, text: string) => page.getByTestId('chat-text').filter({ hasText: text }).count()
  const reads = (page: Page, text: string, withinMs = 20_000) =>
    until(async () => (await times(page, text)) === 1, `“${text}” is not there once`, withinMs)
  const shown = (page: Page, text: string) => {
    const line = page.getByTestId('chat-line').filter({ hasText: text })
    return until(async () => (await line.getAttribute('data-is')) === 'shown', `“${text}” is not taken`, 20_000)
  }
  /** A link that breaks is told on the console by the browser itself. */
  const own = (complaints: readonly string[]) =>
    complaints.filter((complaint) => !/WebSocket|Failed to load resource/.test(complaint))

  it('is talked in from both data centres, over a long connection and by polling, also after a process has died', async () => {
    const id = await openRoom('page-room')
    const here = await openPage(browser, `${rig.a.edge}/?event=${id}`)
    const there = await openPage(browser, `${rig.b.edge}/?event=${id}&transport=poll`, phone)
    await linked(here.page, 'live')
    await linked(there.page, 'polling')
    await say(here.page, '这里是第一个数据中心')
    await reads(there.page, '这里是第一个数据中心')
    await say(there.page, 'hello from the second')
    await reads(here.page, 'hello from the second')
    await there.page.getByTestId('gifts-button').click()
    for (let i = 0; i < 3; i++) await there.page.getByTestId('gift-rose').click()
    const given = () => here.page.getByTestId('gift-count').last().getAttribute('data-count')
    await until(async () => (await given()) === '3', 'three roses do not arrive', 20_000)
    for (const { page } of [here, there]) expect(await accessibilityFaults(page)).toEqual([])
    expect(await there.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width)

    await rig.platform.part('kill', 'dc-a.access-1')
    await say(here.page, 'still here')
    await say(there.page, 'me too')
    await reads(there.page, 'still here', 30_000)
    await reads(here.page, 'me too', 30_000)
    await shown(here.page, 'still here')
    await linked(here.page, 'live', 60_000)
    await say(here.page, 'and live again')
    await reads(there.page, 'and live again')
    for (const { page } of [here, there]) {
      for (const text of ['这里是第一个数据中心', 'hello from the second', 'still here', 'me too', 'and live again'])
        expect([text, await times(page, text)]).toEqual([text, 1])
      expect(await page.getByTestId('gap').count()).toBe(0)
    }
    expect([own(here.complaints), own(there.complaints)]).toEqual([[], []])
  }, 180_000)

  it('takes a message off that was retracted, tells who is too fast when to go on, and shows what the platform says', async () => {
    const id = await openRoom('page-rules')
    const { page, complaints } = await openPage(browser, `${rig.a.edge}/?event=${id}`)
    await linked(page, 'live')
    await say(page, 'to be taken back')
    await shown(page, 'to be taken back')
    const { messages } = (await admin.rooms.read({ params: { room: id } })).data
    const message = messages.find(({ text }) => text === 'to be taken back')?.id ?? ''
    await admin.rooms.retract({ params: { room: id, message }, body: { reason } })
    await until(async () => (await times(page, 'to be taken back')) === 0, 'it is not taken back', 20_000)
    const { settings } = (await admin.rooms.read({ params: { room: id } })).data
    await admin.rooms.save({ params: { room: id }, body: { slowS: 20, expectedVersion: settings.version, reason } })
    const note = () => page.getByTestId('chat-note').textContent()
    await until(async () => /20/.test((await note()) ?? ''), 'slow mode is not told', 20_000)
    await say(page, 'slowly')
    await until(async () => page.getByTestId('chat-send').isDisabled(), 'one may go on at once', 5_000)
    expect(await note()).toMatch(/Slow mode: again in \d+ s/)
    const text = 'The draw begins at midnight'
    const said = { text, priority: 7, ttlS: 60, reason }
    await admin.rooms.announce({ body: { to: { kind: 'room', room: id }, ...said } })
    await page.getByTestId('announcement').getByText(text).waitFor({ timeout: 20_000 })
    expect(await accessibilityFaults(page)).toEqual([])
    expect(own(complaints)).toEqual([])
  }, 120_000)

  it('says so when chat is switched off, and is gone when rooms are', async () => {
    const id = await openRoom('page-off')
    const { page, complaints } = await openPage(browser, `${rig.b.edge}/?event=${id}`)
    await linked(page, 'live')
    const flip = async (key: 'chat' | 'rooms', state: 'omit' | 'auto') => {
      const { switches } = (await rig.operator.a.switches.list({})).data
      const expectedRev = switches.find((item) => item.key === key)?.rev ?? 0
      await rig.operator.a.switches.order({ params: { key }, body: { state, reason, expectedRev } })
    }
    try {
      await flip('chat', 'omit')
      await until(() => page.getByTestId('chat-input').isDisabled(), 'one may write on', 20_000)
      expect(await page.getByTestId('chat-note').textContent()).toContain('Chat is off for the moment')
      await flip('rooms', 'omit')
      await page.getByTestId('chat').waitFor({ state: 'detached', timeout: 20_000 })
      expect(await countOf(page, 'likes-count')).toBeGreaterThanOrEqual(0)
    } finally {
      for (const key of ['chat', 'rooms'] as const) await flip(key, 'auto')
    }
    await page.getByTestId('chat').waitFor({ timeout: 20_000 })
    expect(own(complaints)).toEqual([])
  }, 120_000)
})
