import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { accessibilityFaults, openBrowser, openPage, phone } from './browser.js'
import { auditOf, connectRig, type Rig } from './rig.js'

describe('orders on the console', () => {
  let rig: Rig
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
  })
  afterAll(() => browser.close())

  async function opened(token: string) {
    const { page, complaints } = await openPage(browser, rig.status.console)
    await page.getByTestId('token-input').fill(token)
    await page.getByTestId('sign-in').click()
    await page.getByTestId('console-dc').waitFor()
    return { page, complaints }
  }

  it('are given with a reason, ticked off as every process obeys, and taken back', async () => {
    const { page, complaints } = await opened(rig.status.opsToken)
    await page.getByRole('link', { name: 'Breakers' }).click()
    await page.getByTestId('breakers-dc-b').waitFor()
    const send = async (mode: string, reason: string) => {
      await page.getByTestId(`order-mode-${mode}`).click()
      await page.getByTestId('order-dc').selectOption(mode === 'auto' ? '' : 'dc-b')
      await page.getByTestId('order-reason').fill(reason)
      // By keyboard: the form has to work without a mouse.
      await page.getByTestId('order-reason').press('Enter')
      await page.getByRole('dialog').getByText('All 6 processes obey').waitFor()
      expect(await accessibilityFaults(page)).toEqual([])
      await page.getByTestId('order-yes').click()
      await page.getByTestId('acknowledged').waitFor()
      const all = async () => (await page.getByTestId('acknowledged-count').textContent()) === '6 of 6'
      await until(all, 'not every process acknowledges', 15_000)
      return Number(await page.getByTestId('ordered-position').textContent())
    }
    const position = await send('forced-open', 'a look from the page')
    const { processes } = (await rig.operator.b.breakers.report({})).data
    expect(processes.filter(({ report }) => (report?.position ?? 0) < position)).toEqual([])
    const order = page.getByTestId('order-dc-b-application')
    await order.getByText('“a look from the page”').waitFor()
    expect(await order.textContent()).toMatch(/forced open in dc-b by demo-admin, \d+:\d\d left/)
    expect(await accessibilityFaults(page)).toEqual([])
    await send('auto', 'seen enough')
    await order.waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
    const [released] = await auditOf(rig, 'breaker:application')
    expect(released).toMatchObject({ actor: 'demo-admin', reason: 'seen enough', after: { mode: 'auto' } })
  })

  it('are only looked at by a viewer, also on a narrow screen', async () => {
    const { page } = await opened(await rig.platform.token('viewer', 600))
    await page.setViewportSize(phone)
    await page.getByRole('button', { name: 'Pages', exact: true }).click()
    await page.getByRole('link', { name: 'Breakers' }).click()
    await page.getByTestId('breakers-dc-b').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('order-reason').fill('no')
    expect(await page.getByTestId('order-breakers').isDisabled()).toBe(true)
    await page.getByTestId('move-event').fill('spring-gala')
    await page.getByTestId('move-reason').fill('no')
    expect(await page.getByTestId('move').isDisabled()).toBe(true)
  })
})
