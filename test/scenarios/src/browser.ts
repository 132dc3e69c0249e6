import { program } from '@gala/platform'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

const desktop = { width: 1280, height: 800 }
export const phone = { width: 390, height: 844 }

/** The distribution's Chromium; nothing of it reaches beyond loopback. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: program('chromium', 'chromium-browser', 'google-chrome'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A page of its own session, asked for without motion (what fades in has no contrast to judge yet), with `before` run in it before its own scripts. Whatever the page throws or logs as an error is gathered in `complaints`. */
export async function openPage(browser: Browser, url: string, viewport = desktop, before?: () => void) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' })
  const page = await context.newPage()
  if (before) await page.addInitScript(before)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(url)
  return { page, complaints }
}

/** Ids of the accessibility rules a page breaks, with the elements that break them. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // The page's own content security policy forbids inline scripts, as it should; the debugger's evaluation is not bound by it.
  await page.evaluate(axe.source)
  return await page.evaluate(async () => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe }
    const { violations } = await inPage.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`)
  })
}

/** The number an element carries in its `data-count`. */
export async function countOf(page: Page, testId: string): Promise<number> {
  return Number(await page.getByTestId(testId).getAttribute('data-count'))
}
