import { opsApi, type SwitchItem, type SwitchKey } from '@gala/contracts'
import { until } from '@gala/platform'
import { createOpsClient } from '@gala/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, openPage, phone } from './browser.js'
import { connectRig, type Rig } from './rig.js'

const wide = { width: 1920, height: 1080 }

describe('the control room', () => {
  let rig: Rig
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    // A page left open goes on asking every second, beside the tests after it.
    await Promise.all(browser.contexts().map((context) => context.close()))
    for (const key of ['stats', 'likes', 'presence'] as const) await released(key)
  })

  const item = async (key: SwitchKey): Promise<SwitchItem> => {
    const { switches } = (await rig.operator.b.switches.list({})).data
    const found = switches.find((one) => one.key === key)
    if (!found) throw new Error(`there is no switch ${key}`)
    return found
  }

  async function released(key: SwitchKey) {
    const { rev, orders } = await item(key)
    const body = { state: 'auto' as const, reason: 'a test is over', expectedRev: rev }
    if (orders.length > 0) await rig.operator.b.switches.order({ params: { key }, body })
  }

  async function signedIn(role: string, subject: string, size = wide) {
    const opened = await openPage(browser, rig.status.console, size)
    await opened.page.getByTestId('token-input').fill(await rig.platform.token(role, 600, subject))
    await opened.page.getByTestId('sign-in').click()
    await opened.page.getByTestId('switches').waitFor()
    return opened
  }

  /** Opens the dialog of a rung with a reason filled in. */
  async function asked(page: Page, key: SwitchKey, rung: string, reason: string) {
    await page.getByTestId(`flip-${key}-${rung}`).click()
    await page.getByTestId('act-reason').fill(reason)
  }

  /** Presses a button for as long as it takes to have an effect, or for less. */
  async function hold(page: Page, testId: string, early = false) {
    const button = page.getByTestId(testId)
    await button.hover()
    await page.mouse.down()
    if (early) await button.locator('.hold-fill:not([style*="scaleX(0)"])').waitFor({ state: 'attached' })
    else await page.getByTestId('act-dialog').waitFor({ state: 'detached' })
    await page.mouse.up()
  }

  const effective = async (page: Page, key: SwitchKey, dc = 'dc-a') =>
    (await page.getByTestId(`effective-${key}-${dc}`).getAttribute('data-rung')) ?? ''

  it('is the first page, fits on one screen, and is open to everybody', async () => {
    const { page, complaints } = await signedIn('operator', 'ada')
    const height = () => page.evaluate(() => document.documentElement.scrollHeight)
    expect(await height()).toBeLessThanOrEqual(wide.height)
    await page
      .getByTestId('event-clock')
      .filter({ hasText: /^T[+−]\d/ })
      .waitFor()
    for (const dc of ['dc-a', 'dc-b']) await page.getByTestId(`traffic-${dc}`).waitFor()
    await page.getByTestId('breaker-grid').getByText('mysql').first().waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    for (const name of ['Rules', 'Planner']) {
      await page.getByRole('link', { name }).click()
      await page.getByRole('heading', { name, exact: true }).waitFor()
      expect(await accessibilityFaults(page)).toEqual([])
    }
    expect(complaints).toEqual([])
  })

  it('flips by holding, shows every process obeying, and puts it back', async () => {
    const { page, complaints } = await signedIn('operator', 'ada')
    await page.getByTestId('flip-stats-static').click()
    expect(await page.getByTestId('hold-static').isDisabled()).toBe(true)
    await page.getByTestId('act-reason').fill('a look from the page')
    await page.getByTestId('flip-ttl').selectOption('300000')
    expect(await accessibilityFaults(page)).toEqual([])
    await hold(page, 'hold-static', true)
    await page.getByTestId('act-dialog').waitFor()
    expect((await item('stats')).orders).toEqual([])
    await hold(page, 'hold-static')
    const { processes } = (await rig.operator.b.switches.list({})).data
    const all = `${processes.length} of ${processes.length}`
    const count = async () => (await page.getByTestId('outcome-count').textContent()) === all
    await until(count, 'not every process acknowledges', 15_000)
    for (const dc of ['dc-a', 'dc-b'])
      await until(async () => (await effective(page, 'stats', dc)) === 'static', `${dc} is not shown as static`, 15_000)
    expect(await page.getByTestId('expiry-stats').textContent()).toMatch(/^[45]:\d\d left$/)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('undo').click()
    await hold(page, 'hold-undo')
    await until(async () => (await effective(page, 'stats')) === 'full', 'it is not put back', 15_000)
    expect(await item('stats')).toMatchObject({ orders: [], last: { state: 'auto', actor: 'ada' } })
    expect(complaints).toEqual([])
  })

  it('flips by keyboard alone', async () => {
    const { page } = await signedIn('operator', 'ada')
    await page.getByTestId('flip-likes-omit').focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('act-dialog').waitFor()
    // The dialog puts the focus where typing has to begin.
    await until(
      () => page.getByTestId('act-reason').evaluate((input) => input === document.activeElement),
      'the reason is not focused',
      5_000,
    )
    await page.keyboard.type('by keyboard')
    const onOmit = () => page.getByTestId('hold-omit').evaluate((button) => button === document.activeElement)
    for (let presses = 0; !(await onOmit()) && presses < 12; presses++) await page.keyboard.press('Tab')
    expect(await onOmit()).toBe(true)
    await page.keyboard.press('Space')
    await page.getByTestId('act-dialog').waitFor()
    await page.keyboard.down('Space')
    await page.getByTestId('act-dialog').waitFor({ state: 'detached' })
    await page.keyboard.up('Space')
    await until(async () => (await effective(page, 'likes')) === 'omit', 'it is not flipped', 15_000)
    expect((await item('likes')).last).toMatchObject({ state: 'omit', reason: 'by keyboard' })
  })

  it('shows what somebody else did first, and lets the operator decide again', async () => {
    const [ada, bob] = [await signedIn('operator', 'ada'), await signedIn('operator', 'bob')]
    await asked(ada.page, 'presence', 'omit', 'mine')
    await asked(bob.page, 'presence', 'full', 'theirs')
    // Ada’s page hears of nothing, so that only the refusal can tell her.
    await ada.page.route(`**${opsApi.switches.list.path}`, (route) => route.abort())
    await hold(bob.page, 'hold-full')
    await ada.page.unroute(`**${opsApi.switches.list.path}`)
    const conflict = ada.page.getByTestId('conflict')
    if (!(await conflict.isVisible())) {
      await ada.page.getByTestId('hold-omit').hover()
      await ada.page.mouse.down()
      await conflict.waitFor()
      await ada.page.mouse.up()
    }
    await conflict.getByText('bob changed it in the meantime').waitFor()
    expect(await conflict.textContent()).toContain('as level and rules say → full')
    expect(await ada.page.getByTestId('hold-omit').isDisabled()).toBe(true)
    expect(await accessibilityFaults(ada.page)).toEqual([])
    await ada.page.getByTestId('decide-again').click()
    await hold(ada.page, 'hold-omit')
    expect((await item('presence')).last).toMatchObject({ state: 'omit', actor: 'ada', reason: 'mine' })
  })

  it('needs another person to confirm what hurts most', async () => {
    const [ada, bob] = [await signedIn('operator', 'ada'), await signedIn('operator', 'bob')]
    await asked(ada.page, 'bootstrap', 'cached', 'two of us')
    await hold(ada.page, 'hold-cached')
    const own = ada.page.getByTestId('proposal-bootstrap')
    await own.getByText('somebody else has to confirm').waitFor()
    expect(await own.getByTestId('confirm').isDisabled()).toBe(true)
    expect((await item('bootstrap')).orders).toEqual([])
    await bob.page.getByTestId('proposal-bootstrap').getByTestId('withdraw').click()
    await bob.page.getByTestId('act-reason').fill('not tonight')
    await hold(bob.page, 'hold-withdraw')
    await own.waitFor({ state: 'detached' })
  })

  it('says how old the picture is when the link is gone, and lets nobody act on it', async () => {
    const { page } = await signedIn('operator', 'ada')
    const base = 'dc-a.base-1'
    await rig.platform.part('stop', base)
    try {
      const banner = page.getByTestId('lost-link')
      await banner.waitFor()
      const age = () => page.getByTestId('lost-age').textContent()
      const first = await age()
      await until(async () => (await age()) !== first, 'the age does not count up', 15_000)
      expect(await page.getByTestId('flip-stats-omit').isDisabled()).toBe(true)
      expect(await page.getByTestId('cannot').textContent()).toContain('The link is gone')
      expect(await accessibilityFaults(page)).toEqual([])
    } finally {
      await rig.platform.part('start', base)
    }
    await page.getByTestId('lost-link').waitFor({ state: 'detached' })
    expect(await page.getByTestId('flip-stats-omit').isDisabled()).toBe(false)
    await rig.platform.healed()
  })

  it('lets a viewer look at everything and do nothing, also on a narrow screen', async () => {
    const { page } = await signedIn('viewer', 'eve', phone)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width)
    expect(await page.getByTestId('cannot').textContent()).toContain('viewer')
    for (const testId of ['flip-stats-omit', 'level-up', 'undo'])
      expect(await page.getByTestId(testId).isDisabled()).toBe(true)
    expect(await accessibilityFaults(page)).toEqual([])
    const baseUrl = rig.b.base[0] ?? ''
    const viewer = createOpsClient({ baseUrl, token: await rig.platform.token('viewer', 600, 'eve') })
    const body = { state: 'omit' as const, reason: 'no', expectedRev: 0 }
    await expect(viewer.switches.order({ params: { key: 'stats' }, body })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
