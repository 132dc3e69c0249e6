import { RoomMuteEntity, WordListEntity } from '@gala/database'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { seedRooms } from '../demo/seed-rooms.js'
import { trimMutes } from './mutes-trim.js'
import { ann, clock, codeOf, migrated, reason, twoBases } from './rooms-under-test.js'

describe('what operators set for rooms', () => {
  const room = 'real-rules'
  let rooms: Awaited<ReturnType<typeof twoBases>>
  let { inA, inB, auditOf } = {} as typeof rooms
  beforeAll(async () => {
    await migrated()
  })
  beforeEach(async () => {
    rooms = await twoBases(room)
    ;({ inA, inB, auditOf } = rooms)
  })
  afterEach(() => rooms.close())

  it('sets a room against the version it was read at, leaves what is not named, and notes what has changed', async () => {
    const edit = { slowS: 10, expectedVersion: 0, reason }
    expect(await inA.settings.save(room, edit, ann)).toMatchObject({ onHit: 'mask', slowS: 10, chat: true, version: 1 })
    const stale = inB.settings.save(room, { chat: false, expectedVersion: 0, reason }, ann)
    await expect(stale).rejects.toMatchObject({ code: 'STALE_VERSION', current: { slowS: 10, version: 1 } })
    await inB.settings.save(room, { chat: false, expectedVersion: 1, reason }, ann)
    expect((await inA.cockpit.read(room)).settings).toEqual({
      ...{ room, onHit: 'mask', slowS: 10, chat: false, version: 2 },
    })
    const [last] = await auditOf(`room:${room}`)
    expect(last).toMatchObject({ action: 'rooms.save', before: { chat: true }, after: { chat: false }, reason })
    expect(await codeOf(inA.settings.save('nowhere', edit, ann))).toBe('ROOM_NOT_FOUND')
  })

  it('mutes a viewer for a time, replaces that by another time, and lets them write again', async () => {
    const { mute } = await inA.settings.mute(room, 'Eve', { seconds: 60, reason }, ann)
    expect(mute).toMatchObject({ viewer: 'Eve', actor: 'ann', until: new Date(clock.nowMs() + 60_000).toISOString() })
    await inA.settings.mute(room, 'Eve', { seconds: 600, reason }, ann)
    // Not the same viewer: ids are compared byte by byte.
    await inA.settings.mute(room, 'eve', { seconds: 5, reason }, ann)
    const muted = async () => (await inB.cockpit.read(room)).mutes.map(({ viewer }) => viewer)
    expect(await muted()).toEqual(['Eve', 'eve'])
    await clock.advance(6_000)
    expect(await muted()).toEqual(['Eve'])
    expect(await inA.settings.mute(room, 'Eve', { seconds: 0, reason }, ann)).toMatchObject({ mute: null })
    expect(await muted()).toEqual([])
    expect((await auditOf(`room:${room}`)).map(({ action }) => action)).toEqual([
      ...['rooms.unmute', 'rooms.mute', 'rooms.mute', 'rooms.mute'],
    ])
  })

  it('mutes no more than a room can hold, and forgets mutes that are over', async () => {
    await inA.database.onWriter(async (manager) => {
      const until = new Date(clock.nowMs() + 60_000)
      const mutes = Array.from({ length: 5_000 }, (_, i) => ({ room, viewer: `v${i}`, until, reason, actor: 'ann' }))
      for (let i = 0; i < mutes.length; i += 1_000) await manager.insert(RoomMuteEntity, mutes.slice(i, i + 1_000))
    })
    expect(await codeOf(inA.settings.mute(room, 'one-more', { seconds: 60, reason }, ann))).toBe('VALIDATION_FAILED')
    expect(await codeOf(inA.settings.mute(room, 'v7', { seconds: 60, reason }, ann))).toBe('done')
    await clock.advance(61_000)
    expect(await codeOf(inA.settings.mute(room, 'one-more', { seconds: 60, reason }, ann))).toBe('done')
    await clock.advance(61_000)
    expect(await trimMutes(inA.database, clock.nowMs(), 10)).toBe(1)
  })

  it('keeps lists of words clean, and puts the difference into the audit, not the list', async () => {
    const list = { title: 'Spam', act: 'refuse' as const, reason }
    const words = Array.from({ length: 20_000 }, (_, i) => `word ${i}`)
    await inA.words.save('spam', { ...list, words, expectedVersion: 0 }, ann)
    const edit = { ...list, words: [' new ', '', 'new', 'word 1'], expectedVersion: 1 }
    expect(await inB.words.save('spam', edit, ann)).toMatchObject({ words: ['new', 'word 1'], version: 2 })
    expect((await inA.words.all()).items).toMatchObject([{ id: 'spam', words: ['new', 'word 1'], updatedBy: 'ann' }])
    const [last] = await auditOf('words:spam')
    expect(last?.after).toMatchObject({ words: 2, added: 1, removed: 19_999, addedWords: ['new'] })
    expect(JSON.stringify(last).length).toBeLessThan(2_000)
    await expect(inA.words.save('spam', edit, ann)).rejects.toMatchObject({ code: 'STALE_VERSION' })
    const broken = { ...edit, words: ['a\nb'], expectedVersion: 2 }
    await expect(inA.words.save('spam', broken, ann)).rejects.toMatchObject({ errors: [{ path: 'body.words.0' }] })
  })

  it('keeps no more lists than every process can hold', async () => {
    const at = { version: 1, updatedAt: new Date(clock.nowMs()), updatedBy: 'ann' }
    const lists = Array.from({ length: 50 }, (_, i) => ({
      id: `l${i}`,
      title: 'l',
      act: 'mask' as const,
      words: '',
      ...at,
    }))
    await inA.database.onWriter((manager) => manager.insert(WordListEntity, lists))
    const list = { title: 'l', act: 'mask' as const, words: ['x'], reason }
    expect(await codeOf(inA.words.save('one-more', { ...list, expectedVersion: 0 }, ann))).toBe('VALIDATION_FAILED')
    expect(await codeOf(inA.words.save('l1', { ...list, expectedVersion: 1 }, ann))).toBe('done')
  })

  it('replaces the catalogue of gifts in its order; of a save that is refused nothing stays', async () => {
    const rose = { kind: 'rose', title: '玫瑰', value: 1, active: true }
    const dragon = { kind: 'dragon', title: '金龙', value: 1_000, active: false }
    await inA.gifts.save({ items: [rose, dragon], expectedVersion: 0, reason }, ann)
    await inB.gifts.save({ items: [dragon, rose], expectedVersion: 1, reason }, ann)
    const stale = inA.gifts.save({ items: [], expectedVersion: 1, reason }, ann)
    await expect(stale).rejects.toMatchObject({ code: 'STALE_VERSION', current: { version: 2 } })
    expect(await inA.gifts.read()).toEqual({ items: [dragon, rose], version: 2 })
    const twice = inA.gifts.save({ items: [rose, rose], expectedVersion: 2, reason }, ann)
    await expect(twice).rejects.toThrow()
    expect(await inA.gifts.read()).toEqual({ items: [dragon, rose], version: 2 })
  })

  it('begins with demo gifts and words, once, and never writes over what operators have made of them', async () => {
    expect(await seedRooms(inA.database, clock, 'dc-a')).toBe(true)
    expect((await inA.gifts.read()).items.map(({ kind }) => kind)).toContain('golden-dragon')
    await inA.gifts.save({ items: [], expectedVersion: 1, reason }, ann)
    await inA.words.save('demo', { title: 'mine', act: 'hold', words: [], expectedVersion: 1, reason }, ann)
    expect(await seedRooms(inA.database, clock, 'dc-a')).toBe(false)
    expect(await inA.gifts.read()).toEqual({ items: [], version: 2 })
    expect((await inA.words.all()).items).toMatchObject([{ title: 'mine', words: [] }])
  })
})
