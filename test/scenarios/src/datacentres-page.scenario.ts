import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, openPage, phone } from './browser.js'
import { connectRig, type Rig } from './rig.js'

describe('the page of the data centres', () => {
  let rig: Rig
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
  })
  afterAll(async () => {
    await browser.close()
    await rig.platform.healed()
  })

  async function opened(token: string) {
    const { page, complaints } = await openPage(browser, rig.status.console)
    await page.getByTestId('token-input').fill(token)
    await page.getByTestId('sign-in').click()
    await page.getByTestId('console-dc').waitFor()
    await page.goto(`${rig.status.console}#datacentres`)
    await page.getByTestId('centre-dc-b').waitFor()
    return { page, complaints }
  }
  const textOf = async (page: Page, id: string) => (await page.getByTestId(id).textContent()) ?? ''

  it('shows who writes, who follows and what is at risk, and moves the writer by a hold', async () => {
    const { page, complaints } = await opened(rig.status.opsToken)
    await until(
      async () => (await textOf(page, 'at-risk-writes-dc-a')).includes('nothing'),
      'writes stay at risk',
      30_000,
    )
    expect(await textOf(page, 'writer')).toMatch(/dc-a writes/)
    expect(await textOf(page, 'role-dc-b')).toBe('○ follows')
    expect(await textOf(page, 'voter-witness')).toMatch(/has granted it/)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('move-dc-b').click()
    await page.getByTestId('check-caught-up').getByText('● yes').waitFor()
    expect(await page.getByTestId('hold-move').isDisabled()).toBe(true)
    await page.getByTestId('act-reason').fill('a look from the page')
    expect(await accessibilityFaults(page)).toEqual([])
    // By keyboard: held down until it is done.
    await page.getByTestId('hold-move').focus()
    await page.keyboard.down('Space')
    await page.getByTestId('act-dialog').waitFor({ state: 'detached', timeout: 20_000 })
    await page.keyboard.up('Space')
    await until(async () => (await textOf(page, 'writer')).includes('dc-b writes'), 'the page does not follow', 10_000)
    expect((await rig.operator.a.datacentres.board({})).data.writer.dc).toBe('dc-b')
    expect(complaints).toEqual([])
  })

  it('drains a data centre by a hold, and says so', async () => {
    const { page } = await opened(rig.status.opsToken)
    const weigh = async (share: string) => {
      await page.getByTestId('weigh-dc-b').click()
      await page.getByTestId('weight-percent').selectOption(share)
      await page.getByTestId('act-reason').fill('scenario')
      await page.getByTestId('hold-weigh').focus()
      await page.keyboard.down('Space')
      await page.getByTestId('act-dialog').waitFor({ state: 'detached', timeout: 20_000 })
      await page.keyboard.up('Space')
    }
    await weigh('0')
    await page.getByTestId('centre-dc-b').getByText('drained').waitFor()
    await weigh('100')
    await page.getByTestId('centre-dc-b').getByText('all of its own requests').waitFor()
  })

  it('is only looked at by a viewer, also on a narrow screen', async () => {
    const { page } = await opened(await rig.platform.token('viewer', 600))
    await page.setViewportSize(phone)
    expect(await page.getByTestId('move-dc-a').isDisabled()).toBe(true)
    expect(await page.getByTestId('weigh-dc-a').isDisabled()).toBe(true)
    // The most a voter has to say: one that has just been started says so.
    await page
      .getByTestId('voter-witness')
      .locator('b')
      .evaluate((said) => {
        said.textContent = '◐ started a moment ago, does not vote yet'
      })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width)
    expect(await accessibilityFaults(page)).toEqual([])
  })
})
