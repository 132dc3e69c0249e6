import { systemClock } from '@gala/kernel'
import { until } from '@gala/platform'
import { type NewMessage, RedisRoomStore } from '@gala/rooms'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, openBrowser, openPage, phone } from './browser.js'
import { auditOf, connectRig, ownEvent, type Rig } from './rig.js'

let said = 0

describe('the pages of rooms, words and gifts', () => {
  let rig: Rig
  let browser: Browser
  let room: string
  let stores: RedisRoomStore[]
  beforeAll(async () => {
    browser = await openBrowser()
    rig = await connectRig()
    room = await ownEvent(rig, 'cockpit', 'preheat')
    await rig.operator.a.events.save({ params: { id: room }, body: { room: 'open', expectedVersion: 1 } })
    stores = rig.status.dcs.map(
      ({ id: dc, redis: redisUrl }) =>
        new RedisRoomStore({ redisUrl, keyPrefix: 'gala:', dc, clock: systemClock, onError: () => {} }),
    )
    await until(() => reached(), 'the rooms cannot be reached', 10_000)
  })
  afterAll(async () => {
    await Promise.all([browser.close(), ...stores.map((store) => store.close())])
  })

  const reached = () => Promise.all(stores.map((store) => store.newest(room, 1))).then(Boolean, () => false)
  const store = (index: number) => {
    const found = stores[index]
    if (!found) throw new Error('there are fewer data centres')
    return found
  }
  const message = (text: string, over: Partial<NewMessage> = {}): NewMessage => ({
    ...{ type: 'chat', priority: 2, from: { id: 'guest-eve', name: 'Eve', avatar: '' }, text },
    ...{ at: Date.now() + said, underWayMs: 0, ttlS: 0, client: `eve/${process.pid}`, seq: said++ },
    ...over,
  })
  const hold = async (index: number, text: string) => {
    const { client, seq, ...rest } = message(text)
    const id = await store(index).nextId(room)
    await store(index).hold(room, { message: { ...rest, id }, words: ['spoiler'], dc: store(index).dc, client, seq })
  }
  const cockpit = async () => (await rig.operator.b.rooms.read({ params: { room } })).data
  const signedIn = async (role: string, hash: string, subject = `test-${role}`) => {
    const { page, complaints } = await openPage(browser, rig.status.console)
    await page.getByTestId('token-input').fill(await rig.platform.token(role, 600, subject))
    await page.getByTestId('sign-in').click()
    await page.getByTestId('console-dc').waitFor()
    await page.goto(`${rig.status.console}#${hash}`)
    return { page, complaints }
  }
  /** Held down by keyboard until it is done. */
  const holdDown = async (page: Page, id: string, done: () => Promise<unknown>) => {
    await until(() => page.getByTestId(id).isEnabled(), `${id} cannot be held`, 10_000)
    await page.getByTestId(id).focus()
    await page.keyboard.down('Space')
    await done()
    await page.keyboard.up('Space')
  }
  const inDialog = async (page: Page, id: string, reason: string) => {
    await page.getByTestId('act-reason').fill(reason)
    await holdDown(page, id, () => page.getByTestId('act-dialog').waitFor({ state: 'detached', timeout: 20_000 }))
  }

  it('list the room, open its cockpit, and fit on a phone', async () => {
    await store(0).accept(room, message('新年快乐'))
    const { page, complaints } = await signedIn('operator', 'chat')
    await page.getByTestId(`room-${room}`).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId(`room-${room}`).getByRole('link').click()
    await page.getByTestId('messages').getByText('新年快乐').waitFor()
    for (const dc of ['dc-a', 'dc-b']) await page.getByTestId(`room-dc-${dc}`).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.setViewportSize(phone)
    for (const hash of [`chat/${room}`, 'chat', 'words', 'gifts']) {
      await page.goto(`${rig.status.console}#${hash}`)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
      await until(fits, `${hash} is wider than a phone`, 5_000)
    }
    expect(complaints).toEqual([])
  }, 120_000)

  it('set slow mode with a reason, and show what somebody else has set meanwhile before setting anything again', async () => {
    const { page } = await signedIn('operator', `chat/${room}`)
    await page.getByTestId('change-rules').click()
    await page.getByTestId('rule-slow').selectOption('10')
    expect(await accessibilityFaults(page)).toEqual([])
    await inDialog(page, 'hold-rules', 'it is getting wild')
    await page.getByTestId('room-rules').getByText('a message each 10 s').waitFor()
    expect((await cockpit()).settings).toMatchObject({ slowS: 10, chat: true, version: 1 })
    await page.getByTestId('change-rules').click()
    await page.getByTestId('rule-chat').selectOption('nobody')
    const theirs = { slowS: 30, expectedVersion: 1, reason: 'wilder' }
    await rig.operator.b.rooms.save({ params: { room }, body: theirs })
    await page.getByTestId('conflict').getByText('a message each 30 s').waitFor()
    expect(await page.getByTestId('hold-rules').isDisabled()).toBe(true)
    await page.getByTestId('decide-again').click()
    await inDialog(page, 'hold-rules', 'a break')
    expect((await cockpit()).settings).toMatchObject({ slowS: 30, chat: false, version: 3 })
    const [ruled] = await auditOf(rig, `room:${room}`)
    expect(ruled).toMatchObject({ action: 'rooms.save', reason: 'a break', after: { chat: false } })
    await rig.operator.a.rooms.save({
      params: { room },
      body: { chat: true, slowS: 0, expectedVersion: 3, reason: 'over' },
    })
  }, 120_000)

  it('mute who wrote something, and let them write again', async () => {
    await store(0).accept(room, message('rude words'))
    const { page, complaints } = await signedIn('operator', `chat/${room}`)
    const row = page.locator('[data-testid^="message-"]').filter({ hasText: 'rude words' })
    await row.getByTestId('mute').click()
    await page.getByTestId('mute-for').selectOption('3600')
    await inDialog(page, 'hold-mute', 'rude')
    await page.getByTestId('mute-of-guest-eve').waitFor()
    const [mute] = (await cockpit()).mutes
    expect(mute).toMatchObject({ viewer: 'guest-eve', reason: 'rude', actor: 'test-operator' })
    expect(Date.parse(mute?.until ?? '') - Date.now()).toBeGreaterThan(3_500_000)
    const release = page.getByTestId('mute-of-guest-eve').getByTestId('release')
    // Nothing else in between: a button stays armed for five seconds only.
    await release.click()
    await release.click()
    await page.getByTestId('mute-of-guest-eve').waitFor({ state: 'detached' })
    expect([(await cockpit()).mutes, complaints]).toEqual([[], []])
  }, 120_000)

  it('take a message back in two steps by keyboard, and stand still meanwhile', async () => {
    const { id } = await store(0).accept(room, message('a telephone number'))
    const { page } = await signedIn('operator', `chat/${room}`)
    const row = page.getByTestId(`message-${id}`)
    await row.getByTestId('retract').focus()
    await store(0).accept(room, message('slides in'))
    await page.getByTestId('messages').getByText('held still, 1 newer').waitFor()
    await page.keyboard.press('Enter')
    expect(await row.getByTestId('retract').textContent()).toContain('Sure?')
    await page.keyboard.press('Escape')
    expect(await row.getByTestId('retract').textContent()).toBe('Take back')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await row.getByText('taken back').waitFor()
    // The keyboard goes on with the next one.
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))
    await until(async () => (await focused()) === 'retract', 'the focus is lost', 5_000)
    const left = await store(0).newest(room, 50)
    expect(left.map((of) => of.id)).not.toContain(id)
    expect(left.map(({ control }) => control?.target)).toContain(id)
    await page.getByTestId('retract-reason').fill('')
    expect(await page.getByTestId('retract').first().isDisabled()).toBe(true)
  }, 120_000)

  it('announce something after a look at it', async () => {
    const { page } = await signedIn('operator', `chat/${room}`)
    await page.getByTestId('announce-text').fill('五分钟后继续 Back in five minutes')
    await page.getByTestId('announce-preview').getByText('Back in five minutes').waitFor()
    expect(await page.getByTestId('hold-announce').isDisabled()).toBe(true)
    await page.getByTestId('announce-reason').fill('a break')
    await holdDown(page, 'hold-announce', () => page.getByTestId('said').getByText('said in one room').waitFor())
    const { messages } = await cockpit()
    expect(messages.filter(({ type }) => type === 'notify')).toMatchObject([
      { from: { id: 'platform', name: 'Gala' }, text: '五分钟后继续 Back in five minutes' },
    ])
    expect(await accessibilityFaults(page)).toEqual([])
  }, 120_000)

  it('show and refuse what is held by single keys, whichever data centre holds it', async () => {
    await hold(0, 'a spoiler to be shown')
    await hold(1, 'a spoiler to be refused')
    await hold(0, 'another spoiler to be shown')
    const { page, complaints } = await signedIn('operator', `chat/${room}`)
    await until(async () => (await page.getByTestId('held-count').textContent()) === '3', 'not all are held', 10_000)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('held-show').first().focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('r')
    await until(async () => (await page.getByTestId('held-count').textContent()) === '2', 'it is still held', 5_000)
    // The next one has the focus, as soon as the next picture has moved it on.
    await page.evaluate(() => new Promise((moved) => requestAnimationFrame(moved)))
    await page.keyboard.press('s')
    await until(async () => (await page.getByTestId('held-count').textContent()) === '1', 'it is still held', 5_000)
    await page.evaluate(() => new Promise((moved) => requestAnimationFrame(moved)))
    await page.keyboard.press('s')
    await page.getByTestId('held').waitFor({ state: 'detached' })
    await until(async () => (await cockpit()).held.length === 0, 'something is still held', 5_000)
    const texts = (await Promise.all(stores.map((of) => of.newest(room, 50)))).flat().map(({ text }) => text)
    expect(texts).toEqual(expect.arrayContaining(['a spoiler to be shown', 'another spoiler to be shown']))
    expect(texts).not.toContain('a spoiler to be refused')
    expect(complaints).toEqual([])
  }, 120_000)

  it('edit words with a look at what that changes, and let only admins do it', async () => {
    const list = `page-${process.pid}`
    const { page, complaints } = await signedIn('admin', 'words')
    await page.getByTestId('new-list').click()
    await page.getByTestId('words-id').fill(list)
    await page.getByTestId('words-title').fill('Of the page')
    await page.getByTestId('words-act').selectOption('hold')
    await page.getByTestId('words-text').fill('加微信\n\nkeep\nkeep')
    expect(await page.getByTestId('words-count').textContent()).toMatch(/^2 of 20,000 words, 1 repeated/)
    expect(await accessibilityFaults(page)).toEqual([])
    await inDialog(page, 'hold-words', 'a new list')
    await page.getByTestId(`open-${list}`).click()
    await page.getByTestId('words-text').fill('keep\nnew')
    const differ = (await page.getByTestId('words-differ').textContent()) ?? ''
    expect(differ).toMatch(/1 added.*new.*1 removed.*加微信/)
    await inDialog(page, 'hold-words', 'better words')
    const items = (await rig.operator.b.rooms.words({})).data.items
    expect(items.find(({ id }) => id === list)).toMatchObject({ words: ['keep', 'new'], act: 'hold', version: 2 })
    const operator = await signedIn('operator', 'words')
    await operator.page.getByTestId(`open-${list}`).click()
    await operator.page.getByTestId('act-reason').fill('let me')
    expect(await operator.page.getByTestId('hold-words').isDisabled()).toBe(true)
    const viewer = await signedIn('viewer', 'words')
    await viewer.page.getByText('lists of words are for operators').waitFor()
    expect([complaints, operator.complaints, viewer.complaints]).toEqual([[], [], []])
  }, 120_000)

  it('change the gifts with a look at what that changes', async () => {
    const { page, complaints } = await signedIn('admin', 'gifts')
    const before = (await rig.operator.a.rooms.gifts({})).data
    await page.getByTestId('add-gift').click()
    expect(await page.getByTestId('save-gifts').isDisabled()).toBe(true)
    const kind = `page-${process.pid}`
    await page.getByLabel('Kind', { exact: true }).last().fill(kind)
    await page.getByLabel(`Title of ${kind}`).fill('纸鹤 Paper crane')
    expect(await accessibilityFaults(page)).toEqual([])
    await page.getByTestId('save-gifts').click()
    await page.getByTestId('gifts-differ').getByText(`${kind}: none`).waitFor()
    await inDialog(page, 'hold-gifts', 'cranes for everybody')
    const after = (await rig.operator.b.rooms.gifts({})).data
    expect(after.items.at(-1)).toEqual({ kind, title: '纸鹤 Paper crane', value: 1, active: true })
    const admin = await signedIn('viewer', 'gifts')
    await admin.page.getByTestId(`gift-${kind}`).waitFor()
    expect(await admin.page.getByTestId('add-gift').isDisabled()).toBe(true)
    expect(after.version).toBe(before.version + 1)
    expect(complaints).toEqual([])
  }, 120_000)

  it('let viewers look and do nothing', async () => {
    await store(0).accept(room, message('for everybody'))
    const { page } = await signedIn('viewer', `chat/${room}`)
    await page.getByTestId('messages').getByText('for everybody').waitFor()
    for (const id of ['change-rules', 'hold-announce']) expect(await page.getByTestId(id).isDisabled()).toBe(true)
    for (const id of ['mute', 'retract']) expect(await page.getByTestId(id).first().isDisabled()).toBe(true)
  }, 120_000)
})
