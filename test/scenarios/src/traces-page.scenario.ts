import { readFile } from 'node:fs/promises'
import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, countOf, openBrowser, openPage, phone } from './browser.js'
import { connectRig, get, ownEvent, type Rig } from './rig.js'

describe('the pages of traces and of the lake', () => {
  let rig: Rig
  let browser: Browser
  let id: string
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
    id = await ownEvent(rig, 'traces')
  })
  afterAll(() => browser.close())

  const signedIn = async (role: string, hash: string) => {
    const { page, complaints } = await openPage(browser, rig.status.console)
    await page.getByTestId('token-input').fill(await rig.platform.token(role, 900, `test-${role}`))
    await page.getByTestId('sign-in').click()
    await page.getByTestId('console-dc').waitFor()
    await page.goto(`${rig.status.console}#${hash}`)
    // What a browser itself says of answers that are no success is none of the page's.
    return { page, own: () => complaints.filter((complaint) => !complaint.includes('Failed to load resource')) }
  }
  const fitsPhone = async (page: Page) => {
    await page.setViewportSize(phone)
    const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    await until(async () => (await over()) <= 0, 'the page is wider than a phone', 5_000)
    expect(await accessibilityFaults(page)).toEqual([])
  }
  /** What a shell would make of the command. */
  const words = (command: string) => [...command.matchAll(/'([^']*)'/g)].map(([, word]) => word ?? '')

  it('record a trace on demand, find it, and draw it from the edge’s side to the database', async () => {
    const { page, own } = await signedIn('operator', 'traces')
    await page.getByTestId('record-trace').click()
    await page.getByTestId('act-reason').fill('a scenario')
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('ask-token').click()
    await page.getByTestId('record-path').fill(`/v1/events/${id}`)
    expect(await accessibilityFaults(page)).toEqual([])
    const [forced = '', parent = '', url = ''] = words((await page.getByTestId('record-command').textContent()) ?? '')
    expect([rig.a.edge, rig.b.edge].map((edge) => `${edge}/v1/events/${id}`)).toContain(url)
    expect(await page.getByTestId('record-header').textContent()).toBe(forced)
    const headers = Object.fromEntries([forced, parent].map((header) => header.split(': ') as [string, string]))
    expect((await get(url, { headers })).status).toBe(200)
    await page.getByTestId('open-recorded').click()
    await page.getByTestId('waterfall').waitFor({ timeout: 40_000 })
    const spans = page.getByTestId('span')
    await spans.filter({ hasText: 'mysql' }).first().waitFor({ timeout: 20_000 })
    const trace = (await page.getByTestId('trace-id').textContent()) ?? ''
    expect(headers['traceparent']).toContain(trace)
    expect(await page.getByTestId('trace-head').textContent()).toMatch(/● recorded on demand.* spans/)
    // By keyboard: the next span, and what is known of it.
    await spans.first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await until(
      async () => (await spans.nth(1).getAttribute('aria-pressed')) === 'true',
      'the second span is not picked',
      5_000,
    )
    expect(await page.getByTestId('span-facts').textContent()).toContain('Data centre')
    expect(await accessibilityFaults(page)).toEqual([])
    await page.goto(`${rig.status.console}#traces/kept=forced&event=${id}`)
    await page.getByTestId(`trace-${trace}`).waitFor({ timeout: 20_000 })
    expect(await accessibilityFaults(page)).toEqual([])
    await fitsPhone(page)
    expect(own()).toEqual([])
  }, 120_000)

  it('find what is looked for, and say so when nothing like it was kept', async () => {
    const { page, own } = await signedIn('viewer', 'traces')
    await page.getByTestId('traces-route').fill('/v1/nowhere')
    await page.getByTestId('search-traces').click()
    await page.getByTestId('no-traces').waitFor({ timeout: 20_000 })
    expect(page.url()).toContain('route=')
    expect(await page.getByTestId('record-trace').isDisabled()).toBe(true)
    await page.goto(`${rig.status.console}#traces/${'0'.repeat(31)}1`)
    await page.getByTestId('no-spans').waitFor({ timeout: 20_000 })
    expect(await accessibilityFaults(page)).toEqual([])
    expect(own()).toEqual([])
  })

  it('ask the lake: every example, what is refused, what is too long, and take an answer along', async () => {
    const { page, own } = await signedIn('operator', 'lake')
    await page.getByTestId('catalogue').getByText('requests', { exact: true }).waitFor({ timeout: 30_000 })
    const titles = await page.getByTestId('example').locator('option').allTextContents()
    for (const title of titles.slice(1)) {
      await page.getByTestId('example').selectOption(title)
      await page.getByTestId('run-query').click()
      await answered(page)
      expect([title, await page.getByTestId('query-result').count()]).toEqual([title, 1])
    }
    await ask(page, 'SELECT * FROM range(1000000)')
    await page.getByTestId('cut').waitFor()
    expect(await countOf(page, 'query-result')).toBeGreaterThan(100)
    expect(await accessibilityFaults(page)).toEqual([])
    await ask(page, "SELECT 7 AS n, '=1+1' AS text")
    const download = page.waitForEvent('download')
    await page.getByTestId('download-csv').click()
    expect(await readFile(await (await download).path(), 'utf8')).toBe("n,text\r\n7,'=1+1\r\n")
    await ask(page, 'SELECT 1; SELECT 2')
    expect(await page.getByTestId('query-failure').textContent()).toMatch(/The lake refuses this.*2 statements/)
    expect(await accessibilityFaults(page)).toEqual([])
    await fitsPhone(page)
    expect(own()).toEqual([])
    const viewer = await signedIn('viewer', 'lake')
    expect(await viewer.page.getByTestId('lake-cannot').textContent()).toContain('viewer')
    expect(await viewer.page.getByTestId('run-query').isDisabled()).toBe(true)
    expect(await accessibilityFaults(viewer.page)).toEqual([])
    expect(viewer.own()).toEqual([])
  }, 180_000)

  const ask = async (page: Page, sql: string) => {
    await page.getByTestId('sql').fill(sql)
    await page.getByTestId('sql').press('Control+Enter')
    await answered(page)
  }
  /** Until an answer or a refusal stands there: while the lake is asked, neither does. */
  const answered = (page: Page) =>
    page.getByTestId('query-result').or(page.getByTestId('query-failure')).waitFor({ timeout: 30_000 })
})
