import type { StepGiven } from '@gala/contracts'
import { until } from '@gala/platform'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, openPage, phone } from './browser.js'
import { connectRig, type Rig, scriptsEnd } from './rig.js'

describe('the pages of timelines and jobs', () => {
  let rig: Rig
  let browser: Browser
  const launches: string[] = []
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
  })
  afterAll(async () => {
    await browser.close()
    await scriptsEnd(rig, launches)
  })

  const launch = async (inMs: number) => {
    const id = `launch-page-${process.pid}-${launches.length}`
    const startMs = Date.now() + inMs
    const body = {
      ...{ kind: 'launch' as const, title: `Launch ${id}`, status: 'scheduled' as const, expectedVersion: 0 },
      startAt: new Date(startMs).toISOString(),
      endAt: new Date(startMs + 3_600_000).toISOString(),
    }
    await rig.operator.a.events.save({ params: { id }, body })
    launches.push(id)
    return id
  }
  const signedIn = async (role: string, subject: string, hash: string) => {
    const { page, complaints } = await openPage(browser, rig.status.console)
    await page.getByTestId('token-input').fill(await rig.platform.token(role, 600, subject))
    await page.getByTestId('sign-in').click()
    await page.getByTestId('console-dc').waitFor()
    await page.goto(`${rig.status.console}#${hash}`)
    return { page, complaints }
  }
  /** Held down by keyboard until the dialog is gone. */
  const held = async (page: Page, id: string, reason: string) => {
    await page.getByTestId('act-reason').fill(reason)
    await until(() => page.getByTestId(id).isEnabled(), `${id} cannot be held`, 10_000)
    await page.getByTestId(id).focus()
    await page.keyboard.down('Space')
    await page.getByTestId('act-dialog').waitFor({ state: 'detached', timeout: 20_000 })
    await page.keyboard.up('Space')
  }
  const reads = (page: Page, id: string, words: RegExp, withinMs = 20_000) => {
    let seen = ''
    const look = async () => {
      seen = (await page.getByTestId(id).textContent()) ?? ''
      return words.test(seen)
    }
    return until(look, () => `${id} reads: ${seen}`, withinMs)
  }

  it('play a launch: two operators approve, the console follows each step, and the viewer’s page changes without a reload', async () => {
    const id = await launch(25_000)
    const step = (key: string, at: string, handler: string, params: object, irreversible = false): StepGiven => ({
      ...{ key, title: `Step ${key}`, at, handler, irreversible, onFailure: 'go-on' },
      params: { ...params },
    })
    const steps = [
      step('open-room', 'T-8s', 'room', { to: 'open' }),
      step('preheat', 'T-8s', 'event-status', { to: 'preheat' }),
      step('go-live', 'T', 'event-status', { to: 'live' }, true),
    ]
    const body = { steps, dryRun: false, reason: 'a launch', expectedVersion: 0 }
    await rig.operator.a.timeline.save({ params: { id }, body })
    const viewer = await openPage(browser, `${rig.status.viewer}?event=${id}`)
    await reads(viewer.page, 'phase', /scheduled|starts|soon/i)
    await viewer.page.evaluate(() => Object.assign(globalThis, { neverReloaded: true }))
    const { page, complaints } = await signedIn('operator', 'second-operator', `timeline/${id}`)
    await page.getByTestId('script').waitFor()
    expect(await page.getByTestId('mission-clock').textContent()).toMatch(/T−00:00:\d\d/)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('approve-go-live').click()
    await held(page, 'hold-approve', 'as agreed')
    await reads(viewer.page, 'phase', /about to start/i, 40_000)
    await reads(viewer.page, 'room', /open/i)
    await reads(page, 'state-open-room', /done/)
    await reads(page, 'state-go-live', /done/, 40_000)
    await reads(page, 'timeline-status', /live/)
    await reads(viewer.page, 'phase', /live/i)
    expect(await viewer.page.evaluate(() => 'neverReloaded' in globalThis)).toBe(true)
    // There is no stream behind it: the picture is not found, which the page says by itself.
    const others = viewer.complaints.filter((complaint) => !complaint.includes('404'))
    expect([complaints, others]).toEqual([[], []])
  }, 120_000)

  it('make a timeline from a template, hold it, move its start with a look at what changes, and skip a step', async () => {
    const id = await launch(3_600_000)
    const { page, complaints } = await signedIn('operator', 'test-operator', `timeline/${id}`)
    await page.getByTestId('no-timeline').waitFor()
    await page.getByTestId('make-timeline').click()
    await page.getByTestId('template-launch').check()
    await page.getByTestId('changes').waitFor()
    await page.getByTestId('act-reason').fill('a new launch')
    expect(await accessibilityFaults(page)).toEqual([])
    await held(page, await holdOf(page), 'a new launch')
    await page.getByTestId('step-go-live').waitFor()
    await page.getByTestId('hold-timeline').click()
    await held(page, 'hold-hold', 'somebody is late')
    await page.getByTestId('held-line').waitFor()
    await page.getByTestId('hold-timeline').click()
    await held(page, await holdOf(page), 'everybody is here')
    await page.getByTestId('held-line').waitFor({ state: 'detached' })
    const before = (await rig.operator.a.timeline.read({ params: { id } })).data
    await page.getByTestId('move-start').click()
    await page.getByTestId('delay-10').click()
    await page.getByTestId('changes').getByText('Go live').first().waitFor()
    await held(page, 'hold-move-start', 'the stage is not ready')
    const moved = async () => (await rig.operator.a.timeline.read({ params: { id } })).data.event.startAt
    await until(
      async () => Date.parse(await moved()) - Date.parse(before.event.startAt) === 600_000,
      'the start is not moved',
      5_000,
    )
    await page.getByTestId('skip-remind').click()
    await held(page, 'hold-skip', 'nobody to remind')
    await reads(page, 'state-remind', /skipped/)
    expect(complaints).toEqual([])
  }, 120_000)

  it('show jobs, their ledger and who hands them out, and let viewers do nothing', async () => {
    const id = `page-job-${process.pid}`
    const { page, complaints } = await signedIn('operator', 'test-operator', 'jobs')
    const body = {
      title: 'A job of the page',
      schedule: { kind: 'interval' as const, everyMs: 1_000 },
      handler: 'mark',
      reason: 'a look',
      expectedVersion: 0,
    }
    await rig.operator.a.jobs.save({ params: { id }, body })
    await page.getByTestId('scheduler-global').waitFor()
    await page.locator('table tbody tr').first().waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.goto(`${rig.status.console}#jobs/${id}`)
    await page.locator('td, li').getByText('done').first().waitFor({ timeout: 20_000 })
    await page.getByTestId('wish-pause').click()
    await held(page, await holdOf(page), 'enough')
    await page.getByTestId('paused-line').waitFor()
    await page.setViewportSize(phone)
    const wide = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('*')]
          .filter(
            (of) => document.documentElement.scrollWidth > innerWidth && of.getBoundingClientRect().right > innerWidth,
          )
          .map((of) => `${of.tagName}.${of.className}`.slice(0, 80))
          .slice(0, 12),
      )
    let over: string[] = []
    const fits = async () => {
      over = await wide()
      return over.length === 0
    }
    await until(fits, () => `wider than a phone: ${over.join(' ')}`, 5_000)
    expect(await accessibilityFaults(page)).toEqual([])
    const viewer = await signedIn('viewer', 'somebody', `jobs/${id}`)
    await viewer.page.getByTestId('paused-line').waitFor()
    expect(await viewer.page.getByTestId('wish-run').isDisabled()).toBe(true)
    const { version } = (await rig.operator.a.jobs.detail({ params: { id } })).data
    await rig.operator.a.jobs.save({
      params: { id },
      body: { removed: true, reason: 'done', expectedVersion: version },
    })
    expect([complaints, viewer.complaints]).toEqual([[], []])
  }, 120_000)

  /** The button of the open dialog that is held. */
  async function holdOf(page: Page): Promise<string> {
    const button = page.getByTestId('act-dialog').locator('[data-testid^="hold-"]').first()
    return (await button.getAttribute('data-testid')) ?? ''
  }
})
