import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, countOf, openBrowser, openPage, phone } from './browser.js'
import { connectRig, get, ownEvent, type Rig } from './rig.js'

const made = { a: 40, b: 20 }

describe('the pages of what is counted', () => {
  let rig: Rig
  let browser: Browser
  let id: string
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
    id = await ownEvent(rig, 'wall')
    for (const dc of ['a', 'b'] as const) {
      for (let i = 0; i < made[dc]; i++) await get(`${rig[dc].edge}/v1/events/${id}`)
    }
  })
  afterAll(() => browser.close())

  const signedIn = async (hash: string) => {
    const { page, complaints } = await openPage(browser, rig.status.console)
    await page.getByTestId('token-input').fill(await rig.platform.token('viewer', 900, 'somebody'))
    await page.getByTestId('sign-in').click()
    await page.getByTestId('console-dc').waitFor()
    await page.goto(`${rig.status.console}#${hash}`)
    return { page, complaints }
  }
  const counts = (page: Page, testId: string, withinMs: number) => {
    let seen = Number.NaN
    const look = async () => {
      seen = await countOf(page, testId)
      return seen >= made.a + made.b
    }
    return until(look, () => `${testId} counts ${seen}`, withinMs, 200)
  }
  const fitsPhone = async (page: Page) => {
    await page.setViewportSize(phone)
    const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    await until(async () => (await over()) <= 0, 'the page is wider than a phone', 5_000)
    expect(await accessibilityFaults(page)).toEqual([])
  }

  it('show on the wall what both edges were asked for, by data centre and route, and which link says so', async () => {
    const { page, complaints } = await signedIn(`wall/event=${id}&minutes=5`)
    await page.getByTestId('wall-requests').waitFor()
    await counts(page, 'wall-requests', 20_000)
    expect(await countOf(page, 'wall-bad')).toBe(0)
    expect(await page.getByTestId('budget').textContent()).toMatch(/100 %.*● left: 0 bad of/)
    for (const dc of [rig.a.id, rig.b.id]) {
      expect(await page.getByTestId(`link-${dc}`).textContent()).toMatch(/from the stream; newest request/)
    }
    await page.getByTestId('wall-routes').getByText('/v1/events/:id', { exact: true }).waitFor()
    await page.getByTestId('wall-events').getByText(id).waitFor()
    const chart = page.getByTestId('chart-requests').getByRole('img')
    await until(
      async () => new RegExp(`${rig.a.id} .* from 0 to [1-9]`).test((await chart.getAttribute('aria-label')) ?? ''),
      'the chart has no line',
      40_000,
    )
    expect(await accessibilityFaults(page)).toEqual([])
    // One data centre alone has only its own.
    await page.getByTestId('wall-dc').getByText(rig.b.id, { exact: true }).click()
    await until(async () => (await countOf(page, 'wall-requests')) < made.a, 'another data centre is counted', 10_000)
    expect(await countOf(page, 'wall-requests')).toBeGreaterThanOrEqual(made.b)
    await fitsPhone(page)
    expect(complaints).toEqual([])
  })

  it('report an event from the lake, for the screen and for paper', async () => {
    const { page, complaints } = await signedIn(`report/${id}`)
    const report = page.getByTestId('traffic-report')
    await until(
      async () => {
        await report.waitFor()
        if ((await countOf(page, 'traffic-report')) >= made.a + made.b) return true
        await page.getByTestId('ask-traffic').click()
        return false
      },
      'the report does not count every request',
      60_000,
      1_000,
    )
    expect(await report.textContent()).toContain('100.00000 % of all were not bad')
    await report.getByRole('rowheader', { name: '/v1/events/:id', exact: true }).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.emulateMedia({ media: 'print' })
    expect(await accessibilityFaults(page)).toEqual([])
    await page.emulateMedia({ media: 'screen' })
    await fitsPhone(page)
    expect(complaints).toEqual([])
  })

  it('show books that balance once a minute is closed, and lose nothing', async () => {
    const { page, complaints } = await signedIn('books')
    await page.getByTestId('books-verdict').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    const entries = (dc: string, is = '') => page.locator(`[data-testid="book-${dc}-requests"]${is}`)
    let seen: string[] = []
    const balanced = async () => {
      // A minute is closed by lines of a later one.
      for (const { edge } of [rig.a, rig.b]) await get(`${edge}/v1/time`)
      seen = await entries(rig.a.id).allTextContents()
      const counts = [rig.a, rig.b].map(({ id: dc }) => entries(dc, '[data-is="balanced"]').count())
      return (await Promise.all(counts)).every((count) => count > 0)
    }
    await until(balanced, () => `the books are ${seen.join(' | ')}`, 300_000, 1_000)
    expect(await page.locator('[data-is="lost"], [data-is="differs"]').allTextContents()).toEqual([])
    expect(await page.getByTestId('books-total').textContent()).not.toContain('▲')
    await fitsPhone(page)
    expect(complaints).toEqual([])
  }, 330_000)
})
