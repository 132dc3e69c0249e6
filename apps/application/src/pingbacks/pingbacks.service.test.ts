import { AppError } from '@gala/contracts'
import { systemClock } from '@gala/kernel'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { batchOf, PingbacksRig } from './pingbacks-rig.js'

const anna = { id: 'anna', name: 'Anna', avatar: '', cohort: '' }

describe('taking what players report', () => {
  let rig: PingbacksRig
  beforeEach(() => {
    rig = new PingbacksRig()
  })
  afterEach(() => rig.remove())

  const codeOf = (taking: Promise<unknown>) =>
    taking.then(
      () => undefined,
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    )

  it('has it on a disk, a line each, when it answers', async () => {
    const batch = batchOf([7])
    const [beacon] = batch.beacons
    const cmcd = { br: { v: 3_000 }, v: 2 }
    batch.beacons = [{ ...beacon, seq: 7, at: batch.sentAt - 2_000, kind: 'stall', event: null, stallMs: 900, cmcd }]
    const before = systemClock.nowMs()
    expect(await rig.open().take(batch, anna)).toMatchObject({ accepted: 1, repeated: 0, refused: [] })
    const [line, ...more] = rig.lines
    expect(more).toEqual([])
    expect(line).toEqual({
      ...{ id: 'session-1-7', at: expect.any(Number), received: expect.any(Number), dc: 'dc-a', event: null },
      ...{ kind: 'stall', session: 'session-1', viewer: 'anna', verified: true, stallMs: 900, cmcd },
    })
    expect(Number(line?.['received'])).toBeGreaterThanOrEqual(before)
    expect(Number(line?.['at'])).toBeLessThanOrEqual(systemClock.nowMs() - 2_000)
    expect(rig.told).toEqual(['taken stall true'])
  })

  it('takes each beacon once, under whatever name its batch comes again', async () => {
    const service = rig.open()
    await service.take(batchOf([0, 1, 2]), undefined)
    expect(await service.take(batchOf([0, 1, 2]), undefined)).toMatchObject({ accepted: 0, repeated: 3 })
    expect(await service.take(batchOf([2, 3, 3], { batch: 'another-batch' }), undefined)).toMatchObject({
      accepted: 1,
      repeated: 2,
    })
    expect(rig.lines.map(({ id, verified }) => [id, verified])).toEqual(
      [0, 1, 2, 3].map((seq) => [`session-1-${seq}`, false]),
    )
  })

  it('writes a batch once that comes twice at the same time', async () => {
    const service = rig.open()
    const both = await Promise.all([
      codeOf(service.take(batchOf([0]), undefined)),
      codeOf(service.take(batchOf([0]), undefined)),
    ])
    expect(both).toEqual([undefined, 'IDEMPOTENCY_KEY_IN_USE'])
    expect(rig.lines).toHaveLength(1)
  })

  it('refuses single beacons by their place: wrong times, events there are not, more events than a page has', async () => {
    const batch = batchOf([0, 1, 2, 3, 4, 5, 6, 7])
    const events = ['gala', 'none', 'gala-2', 'gala-3', 'gala-4', null, 'gala', 'gala']
    batch.beacons = batch.beacons.map((beacon, i) => ({ ...beacon, event: events[i] ?? null }))
    batch.beacons[6] = { ...batchOf([6]).beacons[0], seq: 6, at: 0, kind: 'beat', event: 'gala' }
    batch.beacons[7] = { ...batchOf([7]).beacons[0], seq: 7, at: batch.sentAt + 5_000, kind: 'beat', event: 'gala' }
    expect(await rig.open().take(batch, undefined)).toMatchObject({
      accepted: 4,
      refused: [
        { index: 1, code: 'EVENT_NOT_FOUND' },
        { index: 4, code: 'TOO_MANY_EVENTS' },
        { index: 6, code: 'TOO_OLD' },
        { index: 7, code: 'IN_THE_FUTURE' },
      ],
    })
    expect(rig.asked).toEqual(['gala', 'none', 'gala-2', 'gala-3'])
    expect(rig.lines.map(({ event }) => event)).toEqual(['gala', 'gala-2', 'gala-3', null])
  })

  it('goes on while Redis and the database are gone, and counts that nobody looked', async () => {
    rig.storeFails = true
    rig.databaseFails = true
    const service = rig.open()
    for (let i = 0; i < 2; i++) expect(await service.take(batchOf([0]), undefined)).toMatchObject({ accepted: 1 })
    expect(rig.lines.map(({ id }) => id)).toEqual(['session-1-0', 'session-1-0'])
    expect(rig.told.filter((told) => told === 'unchecked')).toHaveLength(4)
  })

  it('refuses a batch whole when there is no room, and takes all of it when there is again', async () => {
    const batch = batchOf(Array.from({ length: 50 }, (_, seq) => seq))
    const full = rig.open({ spoolBytesMax: 2_000 })
    const error = await full.take(batch, undefined).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'BOOKING_UNAVAILABLE', retryAfterMs: 30_000 })
    expect([rig.lines, rig.told]).toEqual([[], ['full beacons']])
    expect(await full.take(batchOf([0], { batch: batch.batch }), undefined)).toMatchObject({ accepted: 1 })
  })

  it('says so where there is no folder', async () => {
    expect(await codeOf(rig.open({ folder: false }).take(batchOf([0]), undefined))).toBe('PINGBACKS_OFF')
  })

  it('asks for fewer reports while there is more to do than this', async () => {
    expect(await rig.open().take(batchOf([0]), undefined)).toMatchObject({ sampleOneIn: 4, nextBatchMs: 10_000 })
    rig.headroomLeft = 0.1
    expect(await rig.open().take(batchOf([1]), undefined)).toMatchObject({ sampleOneIn: 40, nextBatchMs: 60_000 })
  })
})
