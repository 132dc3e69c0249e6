import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, openPage } from './browser.js'
import { connectRig, ownEvent, type Rig } from './rig.js'

describe('the operators’ console in a browser', () => {
  let rig: Rig
  let browser: Browser
  beforeAll(async () => {
    rig = await connectRig()
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  async function signedIn(token = rig.status.opsToken) {
    const opened = await openPage(browser, rig.status.console)
    await opened.page.getByTestId('token-input').fill(token)
    await opened.page.getByTestId('sign-in').click()
    await opened.page.getByTestId('console-dc').waitFor()
    return opened
  }

  async function editor(page: Page, id: string) {
    await page.getByRole('link', { name: 'Events' }).click()
    await page.getByTestId(`edit-${id}`).click()
  }

  it('lets nobody in without a good token and says why', async () => {
    const { page } = await openPage(browser, rig.status.console)
    expect(await accessibilityFaults(page)).toEqual([])
    const expired = await rig.platform.token('operator', -60)
    for (const [token, words] of [
      ['rubbish', 'not valid'],
      [expired, 'expired'],
    ] as const) {
      await page.getByTestId('token-input').fill(token)
      await page.getByTestId('sign-in').click()
      await page.getByTestId('sign-in-failure').getByText(words).waitFor()
    }
  })

  it('shows the health of every part of both data centres, and names the one that goes down', async () => {
    const { page, complaints } = await signedIn()
    for (const dc of ['dc-a', 'dc-b']) {
      for (const part of ['edge', 'access-1', 'application-1', 'base-1', 'redis', 'mysql']) {
        await until(
          async () => (await page.getByTestId(`part-${dc}.${part}`).getAttribute('data-state')) === 'up',
          `${dc}.${part} is not shown as up`,
          15_000,
        )
      }
    }
    expect(await accessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
    await rig.platform.part('stop', 'dc-b.application-1')
    try {
      const state = () => page.getByTestId('part-dc-b.application-1').getAttribute('data-state')
      await until(async () => (await state()) === 'down', 'it is not shown as down', 15_000)
    } finally {
      await rig.platform.part('start', 'dc-b.application-1')
    }
    await rig.platform.healed()
  })

  it('brings an edit to every process and to a viewer’s open page, without a reload', async () => {
    const id = await ownEvent(rig, 'edit')
    const viewer = await openPage(browser, `${rig.b.edge}/?event=${id}`)
    await viewer.page.getByTestId('title').waitFor()
    const { page, complaints } = await signedIn()
    await editor(page, id)
    await page.getByTestId('edit-title').fill('新的标题 A new title')
    await page.getByTestId('edit-reason').fill('the act was renamed')
    await page.getByTestId('save-event').click()
    await page.getByText('Version 2 has arrived').waitFor()
    await until(
      async () => (await page.getByTestId('arrived-count').textContent()) === '6/6',
      'it does not arrive everywhere',
      15_000,
    )
    expect(await accessibilityFaults(page)).toEqual([])
    const title = () => viewer.page.getByTestId('title').textContent()
    await until(async () => (await title()) === '新的标题 A new title', 'the viewer does not see the edit', 15_000)
    expect(complaints).toEqual([])
    const { data } = await rig.operator.b.fleet.audit({ query: { target: `event:${id}` } })
    expect(data.items[0]).toMatchObject({ action: 'events.edit', outcome: 'done', reason: 'the act was renamed' })
  })

  it('shows a conflict instead of overwriting, and keeps my change when I ask for it', async () => {
    const id = await ownEvent(rig, 'conflict')
    const { page } = await signedIn()
    await editor(page, id)
    await page.getByTestId('edit-venue').fill('mine')
    await rig.operator.b.events.save({ params: { id }, body: { titleEn: 'theirs', expectedVersion: 1 } })
    await page.getByTestId('save-event').click()
    await page.getByTestId('conflict').getByText('version 2').waitFor()
    await page.getByTestId('keep-mine').click()
    await page.getByTestId('save-event').click()
    await page.getByText('Version 3 has arrived').waitFor()
    const read = await rig.operator.a.events.list({ query: { pageSize: 100 } })
    expect(read.data.items.find((event) => event.id === id)).toMatchObject({
      venue: 'mine',
      titleEn: 'theirs',
      version: 3,
    })
  })

  it('lets a viewer look but not save', async () => {
    const id = await ownEvent(rig, 'look')
    const { page } = await signedIn(await rig.platform.token('viewer', 600))
    expect(await page.getByTestId('role').textContent()).toBe('viewer')
    await editor(page, id)
    await page.getByTestId('edit-venue').fill('elsewhere')
    expect(await page.getByTestId('save-event').isDisabled()).toBe(true)
  })
})
