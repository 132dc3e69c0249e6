import { Database, GiftEntity, migrate, RoomMuteEntity, RoomSettingsEntity, WordListEntity } from '@gala/database'
import { randomId, systemClock } from '@gala/kernel'
import { Breakers } from '@gala/resilience'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ChatRepository } from './chat.repository.js'
import { WordListsRepository } from './screening/word-lists.repository.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''

describe('what operators have set for rooms', () => {
  const own = randomId().slice(0, 8)
  const room = `room-${own}`
  const at = new Date('2026-03-01T12:00:00.000Z')
  const nowMs = at.getTime()
  const database = new Database({
    readers: [{ dc: 'dc-a', url }],
    writers: [{ dc: 'dc-a', url }],
    breakers: new Breakers({ clock: systemClock }),
    dialect: 'mariadb',
    entities: [RoomSettingsEntity, RoomMuteEntity, WordListEntity, GiftEntity],
    clock: systemClock,
    onError: () => {},
  })
  const repository = new ChatRepository({ database })

  beforeAll(async () => {
    await migrate(url, 'mariadb')
    const by = { updatedAt: at, updatedBy: 'olga' }
    const mute = (viewer: string, laterMs: number) => ({
      ...{ room, viewer, until: new Date(nowMs + laterMs), reason: 'rude', actor: 'olga' },
    })
    await database.write(async (manager) => {
      await manager.insert(RoomSettingsEntity, { room, onHit: 'hold', slowS: 5, chat: 0, version: 3, ...by })
      await manager.insert(RoomMuteEntity, [
        mute('anna', 1),
        mute('ANNA', 60_000),
        mute('over', 0),
        mute('__proto__', 9),
      ])
      const words = { title: 'Rude', act: 'room' as const, version: 2, words: 'one\n两个字\n🖕', ...by }
      await manager.insert(WordListEntity, { id: `words-${own}`, ...words })
      const gift = (kind: string, value: number, active: number, sort: number) => ({
        ...{ kind: `${kind}-${own}`, title: kind, value, active, sort },
      })
      await manager.insert(GiftEntity, [gift('car', 90_000, 1, 0), gift('rose', 10, 1, 1), gift('old', 20, 0, 2)])
      return { value: undefined, tags: ['test'] }
    })
  })
  afterAll(async () => {
    await database.onWriter(async (manager) => {
      await manager.query('DELETE FROM word_lists WHERE id = ?', [`words-${own}`])
      await manager.query('DELETE FROM gifts WHERE kind LIKE ?', [`%-${own}`])
    })
    await database.close()
  })

  it('is read with the mutes that are not over, viewer by viewer, to the letter', async () => {
    const { value } = await repository.rules(room, nowMs, 0)
    expect(value.settings).toEqual({ room, onHit: 'hold', slowS: 5, chat: false, version: 3 })
    expect(Object.entries(value.mutes).toSorted()).toEqual([
      ['ANNA', nowMs + 60_000],
      ['__proto__', nowMs + 9],
      ['anna', nowMs + 1],
    ])
  })

  it('is what every room begins with where nothing has been set', async () => {
    const { value } = await repository.rules('room-without', nowMs, 0)
    expect(value).toEqual({
      settings: { room: 'room-without', onHit: 'mask', slowS: 0, chat: true, version: 0 },
      mutes: {},
    })
  })

  it('is the gifts that can be given, cheapest first', async () => {
    const { value } = await repository.gifts(0)
    const ours = value.filter(({ kind }) => kind.endsWith(own))
    expect(ours).toEqual([
      { kind: `rose-${own}`, title: 'rose', value: 10 },
      { kind: `car-${own}`, title: 'car', value: 90_000 },
    ])
  })

  it('is the lists of words', async () => {
    const { value } = await new WordListsRepository({ database }).all(0)
    expect(value.find(({ id }) => id === `words-${own}`)).toEqual({
      ...{ id: `words-${own}`, act: 'room', version: 2, words: 'one\n两个字\n🖕' },
    })
  })
})
