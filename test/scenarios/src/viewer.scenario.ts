import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { accessibilityFaults, countOf, openBrowser, openPage, phone } from './browser.js'
import { connectRig, ownEvent, type Rig } from './rig.js'

describe('the viewer’s page in a browser', () => {
  let rig: Rig
  let browser: Browser
  beforeAll(async () => {
    rig = await connectRig()
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  it('plays the live stream and shows what is on', async () => {
    const { page, complaints } = await openPage(browser, rig.status.viewer)
    const position = () => page.getByTestId('video').evaluate((video: HTMLVideoElement) => video.currentTime)
    await until(async () => (await position()) > 0, 'the video does not start', 30_000)
    const from = await position()
    await until(async () => (await position()) >= from + 5, 'the video does not move on', 30_000)
    const { data } = await rig.audience.a.programmes.list({ params: { id: 'spring-gala' } })
    const current = data.items.find(({ state }) => state === 'current')
    expect(await page.getByTestId('current-programme').textContent()).toBe(current?.title)
    expect(await page.getByTestId('programme-item').count()).toBe(data.items.length)
    expect(await page.getByTestId('title').textContent()).toBe('山河春晓 · 新春联欢晚会')
    expect(await page.getByTestId('badge').textContent()).toContain('dc-a')
    await until(async () => (await countOf(page, 'online-count')) > 0, 'this viewer is not counted as online', 30_000)
    expect(await accessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  it('raises the like count at once, here and for viewers of the other data centre', async () => {
    const id = await ownEvent(rig, 'page-likes', 'preheat')
    const here = await openPage(browser, `${rig.a.edge}/?event=${id}`)
    const there = await openPage(browser, `${rig.b.edge}/?event=${id}`)
    await there.page.getByTestId('like-button').waitFor()
    for (let i = 0; i < 3; i++) await here.page.getByTestId('like-button').click()
    expect(await countOf(here.page, 'likes-count')).toBe(3)
    await until(async () => (await countOf(there.page, 'likes-count')) === 3, 'the other page does not see it', 20_000)
    await here.page.reload()
    await until(async () => (await countOf(here.page, 'likes-count')) === 3, 'a reload loses it', 20_000)
    expect([...here.complaints, ...there.complaints]).toEqual([])
  })

  it('fits a phone', async () => {
    const { page } = await openPage(browser, rig.status.viewer, phone)
    await page.getByTestId('tab-order').click()
    await page.getByTestId('current-programme').waitFor()
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(phone.width)
    const like = await page.getByTestId('like-button').boundingBox()
    expect(like?.height).toBeGreaterThanOrEqual(40)
    expect(await accessibilityFaults(page)).toEqual([])
  })

  it('counts down to what has not begun, and says so when there is no such event', async () => {
    const launch = await openPage(browser, `${rig.b.edge}/?event=nova-launch`)
    expect(await launch.page.getByTestId('countdown').textContent()).toMatch(/\d/)
    const nothing = await openPage(browser, `${rig.b.edge}/?event=no-such-event`)
    await nothing.page.getByRole('alert').waitFor()
    expect(await nothing.page.getByRole('alert').textContent()).toContain('no-such-event')
  })

  it('goes on showing the event, marked as degraded, while Redis is gone', async () => {
    const { page } = await openPage(browser, rig.status.viewer)
    await page.getByTestId('current-programme').waitFor()
    await rig.platform.part('kill', 'dc-a.redis')
    try {
      const reasons = () => page.getByTestId('badge').getAttribute('data-degraded')
      await until(
        async () => (await reasons())?.includes('redis-unreachable') ?? false,
        'the badge does not tell',
        30_000,
      )
      expect(await page.getByTestId('current-programme').isVisible()).toBe(true)
    } finally {
      await rig.platform.part('start', 'dc-a.redis')
    }
    const healed = async () => (await page.getByTestId('badge').getAttribute('data-degraded')) === ''
    await until(healed, 'the badge does not heal', 30_000)
  })
})
