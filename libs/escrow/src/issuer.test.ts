import { VirtualClock } from '@gala/kernel/testing'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { Issuer } from './issuer.js'
import { MemoryGrantStore } from './memory-grant-store.js'

const sizes = { parcel: 5, leaseMs: 1_000, marginMs: 50, batchMax: 10, waitingMax: 20, emptyMs: 200 }

describe('Issuer', () => {
  let clock: VirtualClock
  let store: CountingStore
  const open = () => new Issuer({ store, stock: 's', clock, ...sizes })
  const issuing = (issuer: Issuer, count: number, from = 0) =>
    Promise.all(Array.from({ length: count }, (_, i) => issuer.issue(`c${from + i}`)))

  beforeEach(async () => {
    clock = new VirtualClock()
    store = new CountingStore(clock)
    await store.bring('g1', 1, 12)
  })

  it('answers everybody who came during one trip with the next', async () => {
    const issuer = open()
    const first = issuer.issue('first')
    const issued = await Promise.all([first, issuing(issuer, 8)])
    expect(issued.flat().filter((issue) => issue !== undefined)).toHaveLength(9)
    expect(store.records).toBe(2)
  })

  it('goes on with the next grant when one is empty, and then says that there is none', async () => {
    await store.bring('g2', 2, 3)
    const issuer = open()
    const issued = [...(await issuing(issuer, 10)), ...(await issuing(issuer, 10, 10))]
    expect(issued.filter((issue) => issue?.grant === 'g1')).toHaveLength(12)
    expect(issued.filter((issue) => issue?.grant === 'g2')).toHaveLength(3)
    expect(issued.filter((issue) => issue === undefined)).toHaveLength(5)
  })

  it('asks for no parcel for a while when there is none, but still knows who has one already', async () => {
    const issuer = open()
    const [won] = await issuing(issuer, 10)
    await issuing(issuer, 10, 10)
    const { leases } = store
    expect(await issuer.issue('too late')).toBeUndefined()
    expect(await issuer.issue('c0')).toEqual({ ...won, again: true })
    expect(store.leases).toBe(leases)
    await store.bring('g2', 2, 3)
    await clock.advance(sizes.emptyMs)
    expect(await issuer.issue('in time')).toMatchObject({ grant: 'g2' })
  })

  it('leaves its parcel alone before the store takes it back, and gives it back when it closes', async () => {
    const issuer = open()
    await issuer.issue('a')
    expect(issuer.left).toBe(4)
    await clock.advance(sizes.leaseMs - sizes.marginMs)
    expect(issuer.left).toBe(0)
    expect(await issuer.issue('b')).toMatchObject({ serial: 2 })
    expect(issuer.left).toBeGreaterThan(0)
    await issuer.close()
    expect((await store.look('s')).grants[0]).toMatchObject({ parcelled: 0, issued: 2 })
  })

  it('says that nobody knows when the store does not answer, and the same unit when it is asked again', async () => {
    const issuer = open()
    store.loses = true
    await expect(issuer.issue('a')).rejects.toMatchObject({ code: 'BOOKING_UNAVAILABLE' })
    store.loses = false
    expect(await issuer.issue('a')).toEqual({ grant: 'g1', serial: 1, again: true })
  })

  it('refuses who comes when too many wait', async () => {
    const issuer = open()
    const waiting = issuing(issuer, 1 + sizes.waitingMax)
    await expect(issuer.issue('one more')).rejects.toMatchObject({ code: 'OVERLOADED' })
    await waiting
  })
})

class CountingStore extends MemoryGrantStore {
  records = 0
  leases = 0
  /** Carries out what it is told, and its answers are lost. */
  loses = false

  async bring(id: string, token: number, amount: number) {
    const { life, nowMs } = await this.look('s')
    await this.install('s', life, { id, token, amount, endsAtMs: nowMs + 60_000 })
    await this.allow('s', life, id, amount, 0)
  }

  override async record(...args: Parameters<MemoryGrantStore['record']>) {
    this.records++
    const recorded = await super.record(...args)
    if (this.loses) throw new Error('nobody answers')
    return recorded
  }

  override async lease(...args: Parameters<MemoryGrantStore['lease']>) {
    this.leases++
    return await super.lease(...args)
  }
}
