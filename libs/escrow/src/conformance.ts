import { expect, it } from '@jest/globals'
import type { BookStore } from './book-store.js'
import { EscrowBooks } from './books.js'
import type { GrantStore } from './grant-store.js'

interface StoreUnderTest {
  store: GrantStore
  /** Lets time pass for the store. */
  pass(ms: number): Promise<void>
}

/** What every store of a data centre promises; the fake and the real one both run it. */
export function grantStoreConformance(open: () => Promise<StoreUnderTest>) {
  const stock = 's'
  const holding = async (allowance: number, forMs = 60_000) => {
    const { store, pass } = await open()
    const { life, nowMs } = await store.look(stock)
    await store.install(stock, life, { id: 'g', token: 1, amount: 10, endsAtMs: nowMs + forMs })
    await store.allow(stock, life, 'g', allowance, 0)
    return { store, pass, life, nowMs }
  }
  const grantOf = async (store: GrantStore) => (await store.look(stock)).grants[0]
  const names = (count: number, prefix = 'c') => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

  it('lends parcels up to the allowance, however often and by whomever it is asked', async () => {
    const { store, life } = await holding(5)
    const first = await store.lease(stock, 'one', 3, 10_000)
    expect(first).toMatchObject({ left: 3 })
    expect(await store.lease(stock, 'one', 3, 10_000)).toMatchObject({ number: first.number, left: 3 })
    expect((await store.lease(stock, 'two', 9, 10_000)).left).toBe(2)
    expect(await store.lease(stock, 'three', 1, 10_000)).toEqual({ number: 0, left: 0, forMs: 0 })
    await store.allow(stock, life, 'g', 7, 0)
    expect((await store.lease(stock, 'three', 9, 10_000)).left).toBe(2)
    expect(await grantOf(store)).toMatchObject({ allowance: 7, parcelled: 7, issued: 0, exact: true })
  })

  it('issues each unit once, and the same one to a claimant who asks again, of any instance', async () => {
    const { store } = await holding(10)
    const one = await store.lease(stock, 'one', 2, 10_000)
    const { issues, left } = await store.record(stock, 'one', one.number, ['a', 'a', 'b', 'c'])
    expect(issues).toEqual([
      { grant: 'g', serial: 1, again: false },
      { grant: 'g', serial: 1, again: true },
      { grant: 'g', serial: 2, again: false },
      undefined,
    ])
    expect(left).toBe(0)
    expect((await store.record(stock, 'two', 0, ['b', 'd'])).issues).toEqual([
      { grant: 'g', serial: 2, again: true },
      undefined,
    ])
    expect(await grantOf(store)).toMatchObject({ issued: 2, parcelled: 0 })
  })

  it('takes a parcel back when its time is over, and lets its old holder issue nothing of it', async () => {
    const { store, pass } = await holding(4)
    const old = await store.lease(stock, 'one', 4, 20)
    await store.record(stock, 'one', old.number, ['a'])
    await pass(40)
    expect(await grantOf(store)).toMatchObject({ issued: 1, parcelled: 0 })
    const next = await store.lease(stock, 'two', 9, 10_000)
    expect(next.left).toBe(3)
    expect(await store.record(stock, 'one', old.number, ['b'])).toEqual({ issues: [undefined], left: undefined })
    const again = await store.lease(stock, 'two', 9, 10_000)
    expect(await store.record(stock, 'two', old.number, ['b'])).toEqual({ issues: [undefined], left: undefined })
    expect((await store.record(stock, 'two', again.number, ['b'])).left).toBe(2)
  })

  it('lends again at once what is given back, once', async () => {
    const { store } = await holding(4)
    const { number } = await store.lease(stock, 'one', 4, 10_000)
    await store.giveBack(stock, 'one', number)
    await store.giveBack(stock, 'one', number)
    expect((await store.lease(stock, 'two', 9, 10_000)).left).toBe(4)
  })

  it('issues nothing from a grant after its end, until it is allowed to go on', async () => {
    const { store, pass, life } = await holding(4, 60)
    const { number, forMs } = await store.lease(stock, 'one', 4, 10_000)
    expect(forMs).toBeLessThanOrEqual(60)
    await pass(80)
    expect((await store.record(stock, 'one', number, ['a'])).issues).toEqual([undefined])
    expect((await store.lease(stock, 'one', 4, 10_000)).left).toBe(0)
    const { nowMs } = await store.look(stock)
    await store.allow(stock, life, 'g', 4, nowMs + 10_000)
    expect((await store.lease(stock, 'one', 4, 10_000)).left).toBe(4)
  })

  it('issues nothing from a closed grant nor its parcels, says exactly how many it was, and never takes it again', async () => {
    const { store, life, nowMs } = await holding(4)
    const { number } = await store.lease(stock, 'one', 4, 10_000)
    await store.record(stock, 'one', number, ['a'])
    const last = { known: true, issued: 1, exact: true }
    expect(await store.close(stock, 'g')).toEqual(last)
    expect(await store.close(stock, 'g')).toEqual(last)
    expect(await store.record(stock, 'one', number, ['b', 'a'])).toMatchObject({ issues: [undefined, { serial: 1 }] })
    await store.forget(stock, 'g')
    await store.install(stock, life, { id: 'g', token: 1, amount: 10, endsAtMs: nowMs + 60_000 })
    await store.allow(stock, life, 'g', 10, nowMs + 60_000)
    expect((await store.lease(stock, 'one', 4, 10_000)).left).toBe(0)
    expect(await grantOf(store)).toMatchObject({ closed: true, settled: true, issued: 1 })
  })

  it('does not take a grant any more that it was asked to close before it came', async () => {
    const { store } = await open()
    const { life, nowMs } = await store.look(stock)
    expect(await store.close(stock, 'g')).toMatchObject({ known: false, issued: 0 })
    await store.install(stock, life, { id: 'g', token: 1, amount: 10, endsAtMs: nowMs + 60_000 })
    expect((await store.look(stock)).grants).toEqual([])
  })

  it('takes no message that names another life of the store', async () => {
    const { store, nowMs } = await holding(2)
    await store.install(stock, 'earlier', { id: 'h', token: 2, amount: 10, endsAtMs: nowMs + 60_000 })
    await store.allow(stock, 'earlier', 'g', 10, nowMs + 60_000)
    expect((await store.look(stock)).grants).toMatchObject([{ id: 'g', allowance: 2 }])
  })

  it('never issues more than it was allowed, however many ask at once', async () => {
    const { store } = await holding(10)
    const issue = async (holder: string) => {
      const { number } = await store.lease(stock, holder, 3, 10_000)
      return (await store.record(stock, holder, number, names(3, holder))).issues
    }
    const issued = (await Promise.all(names(20, 'i').map(issue))).flat().filter((one) => one !== undefined)
    expect(issued.map(({ serial }) => serial).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
}

/** What books promise wherever they are kept. */
export function booksConformance(open: () => Promise<{ store: BookStore; stock: string }>) {
  const clock = { nowMs: () => 1_800_000_000_000 + passedMs }
  let passedMs = 0
  const opened = async (total = 100) => {
    const { store, stock } = await open()
    const books = new EscrowBooks({ store, clock, termMs: 1_000, graceMs: 100 })
    await books.create(stock, total)
    const grant = (id: string, amount = 40, dc = 'dc-a') => books.grant({ id, stock, dc, amount, credit: 10 })
    const accounts = async () => {
      const { accounts, discrepancies } = await books.accounts(stock)
      expect(discrepancies).toEqual([])
      return accounts
    }
    return { books, stock, grant, accounts }
  }
  const none = { leased: 0, awaited: 0, issued: 0, lost: 0 }

  it('answers a repeated request as it did the first time, and never gives the stock twice', async () => {
    const { books, stock, grant, accounts } = await opened()
    await books.create(stock, 100)
    await expect(books.create(stock, 99)).rejects.toMatchObject({ code: 'STALE_VERSION' })
    const first = await grant('g1')
    expect(await grant('g1')).toEqual(first)
    expect(first).toMatchObject({ amount: 40, allowance: 0, state: 'open' })
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 60, leased: 40 })
  })

  it('grants no more than there is, however many ask at once, with tokens that rise', async () => {
    const { grant, accounts } = await opened()
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => grant(`g${i}`, 30)))
    const grants = all.filter((one) => one !== undefined).toSorted((a, b) => a.token - b.token)
    expect(grants.map(({ amount }) => amount)).toEqual([30, 30, 30, 10])
    expect(new Set(grants.map(({ token }) => token)).size).toBe(4)
    expect(await accounts()).toMatchObject({ remaining: 0, leased: 100 })
  })

  it('lets a data centre be ahead of what it reported by its credit, and counts a report once', async () => {
    const { books, stock, grant, accounts } = await opened()
    await grant('g1')
    expect(await books.report(stock, 'g1', 0)).toMatchObject({ allowance: 10 })
    expect(await books.report(stock, 'g1', 7)).toMatchObject({ allowance: 17, issued: 7 })
    expect(await books.report(stock, 'g1', 7)).toMatchObject({ allowance: 17, issued: 7 })
    expect(await books.report(stock, 'g1', 3)).toMatchObject({ allowance: 17, issued: 7 })
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 60, leased: 33, issued: 7 })
  })

  it('takes back at once what was never allowed, and the rest by the exact word of the data centre', async () => {
    const { books, stock, grant, accounts } = await opened()
    await grant('g1')
    for (const issued of [0, 5]) await books.report(stock, 'g1', issued)
    expect(await books.takeBack(stock, 'g1', 'moved')).toMatchObject({ state: 'closing', returned: 25 })
    await books.takeBack(stock, 'g1', 'moved')
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 85, awaited: 10, issued: 5 })
    expect(await books.report(stock, 'g1', 8)).toMatchObject({ allowance: 15, state: 'closing' })
    for (let i = 0; i < 2; i++) await books.settle(stock, 'g1', { issued: 11, exact: true })
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 89, issued: 11 })
  })

  it('writes off up to the allowance what a store without memory cannot vouch for, and books what is found later', async () => {
    const { books, stock, grant, accounts } = await opened()
    await grant('g1')
    for (const issued of [0, 5]) await books.report(stock, 'g1', issued)
    await books.settle(stock, 'g1', { issued: 0, exact: false })
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 85, issued: 5, lost: 10 })
    for (let i = 0; i < 2; i++) await books.settle(stock, 'g1', { issued: 9, exact: true })
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 85, issued: 9, lost: 6 })
  })

  it('writes off a silent data centre for good, but not while it may still be issuing', async () => {
    const { books, stock, grant, accounts } = await opened()
    await grant('g1')
    for (const issued of [0, 5]) await books.report(stock, 'g1', issued)
    await expect(books.writeOff(stock, 'g1', 'burnt down')).rejects.toMatchObject({ code: 'STALE_VERSION' })
    passedMs += 1_100
    expect(await books.writeOff(stock, 'g1', 'burnt down')).toMatchObject({ state: 'closed', lost: 10, returned: 25 })
    expect(await books.report(stock, 'g1', 6)).toMatchObject({ state: 'closed', issued: 6, lost: 9, allowance: 15 })
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 85, issued: 6, lost: 9 })
  })

  it('grants nothing of a stock that has ended, and refuses a count beyond the allowance', async () => {
    const { books, stock, grant, accounts } = await opened()
    await grant('g1')
    await grant('g2')
    await books.report(stock, 'g2', 0)
    await expect(books.report(stock, 'g2', 11)).rejects.toThrow(/more of g2 than it may/)
    await books.end(stock, 'the show is over')
    expect(await grant('g3')).toBeUndefined()
    expect(await books.unclosed(stock, 'dc-a')).toMatchObject([{ id: 'g1' }, { id: 'g2' }])
    expect(await books.unclosed(stock, 'dc-b')).toEqual([])
    expect(await accounts()).toEqual({ ...none, total: 100, remaining: 90, awaited: 10 })
  })
}
