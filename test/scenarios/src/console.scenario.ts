import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, openPage } from './browser.js'
import { auditOf, connectRig, ownEvent, type Rig } from './rig.js'

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
    await page.getByRole('link', { name: 'Events', exact: true }).click()
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
    await page.getByRole('link', { name: 'Health' }).click()
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
      async () => (await page.getByTestId('arrived-count').textContent()) === '8/8',
      'it does not arrive everywhere',
      15_000,
    )
    expect(await accessibilityFaults(page)).toEqual([])
    const title = () => viewer.page.getByTestId('title').textContent()
    await until(async () => (await title()) === '新的标题 A new title', 'the viewer does not see the edit', 15_000)
    expect(complaints).toEqual([])
    const [edited] = await auditOf(rig, `event:${id}`)
    expect(edited).toMatchObject({ action: 'events.edit', outcome: 'done', reason: 'the act was renamed' })
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

  it('shows the cache of both data centres, what a key holds, and ends it everywhere', async () => {
    const id = await ownEvent(rig, 'cached')
    const { page, complaints } = await signedIn()
    await page.getByRole('link', { name: 'Cache' }).click()
    for (const dc of ['dc-a', 'dc-b']) {
      await page.getByTestId(`cache-${dc}`).getByText('applied everywhere').waitFor()
      for (const part of ['access-1', 'application-1'])
        await page.getByTestId(`cache-process-${dc}.${part}`).getByText('ago').waitFor()
    }
    const held = () => page.getByTestId('held-dc-a.access-1')
    const inspect = async () => {
      await rig.audience.a.events.detail({ params: { id } })
      await page.getByTestId('inspect-key').fill(`/v1/events/${id}`)
      // By keyboard: the form has to work without a mouse.
      await page.getByTestId('inspect-key').press('Enter')
      await held().waitFor()
      return (await held().textContent())?.includes(`event:${id}`) === true
    }
    await until(inspect, 'what dc-a.access-1 holds is not shown', 15_000, 500)
    await page.getByTestId('held-dc-b.application-1').getByText('not held').waitFor()
    await page.getByTestId('invalidate-what').fill(`event:${id}`)
    await page.getByTestId('invalidate-reason').fill('a planned look')
    await page.getByTestId('invalidate').click()
    await page.getByRole('dialog').getByText('6 processes of dc-a and dc-b').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('invalidate-yes').click()
    const applied = async () => (await page.getByTestId('applied-count').textContent()) === '6 of 6'
    await page.getByTestId('applied-count').waitFor()
    await until(applied, 'it is not applied everywhere', 15_000)
    expect(await accessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
    const position = Number(await page.getByTestId('invalidated-position').textContent())
    expect((await rig.operator.b.fleet.instances({})).data.position).toBeGreaterThanOrEqual(position)
    const [ended] = await auditOf(rig, `tag:event:${id}`)
    expect(ended).toMatchObject({ action: 'cache.invalidate', outcome: 'done', reason: 'a planned look' })
  })

  it('shows the cache on a narrow screen, and to a viewer without the means to end anything', async () => {
    const { page } = await signedIn(await rig.platform.token('viewer', 600))
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByRole('button', { name: 'Pages', exact: true }).click()
    await page.getByRole('link', { name: 'Cache' }).click()
    await page.getByTestId('cache-dc-b').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('invalidate-what').fill('events')
    await page.getByTestId('invalidate-reason').fill('no')
    expect(await page.getByTestId('invalidate').isDisabled()).toBe(true)
  })
})
