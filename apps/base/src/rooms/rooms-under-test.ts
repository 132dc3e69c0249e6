import type { AppError } from '@gala/contracts'
import { AuditEntity, Database, EventEntity, KeptReplyEntity, migrate, roomEntities } from '@gala/database'
import { VirtualClock } from '@gala/kernel/testing'
import { Breakers } from '@gala/resilience'
import { MemoryRoomStore } from '@gala/rooms/testing'
import { keyedRequestOf } from '@gala/runtime'
import { type Act, AuditRepository } from '../audit/audit.repository.js'
import type { BaseContext } from '../base.config.js'
import { EventsRepository } from '../events/events.repository.js'
import type { RelayService } from '../relay/relay.service.js'
import { KeptReplies } from '../writes/kept-replies.repository.js'
import { OperatorWrites } from '../writes/operator-writes.js'
import { Replays } from '../writes/replays.js'
import { CockpitService } from './cockpit.service.js'
import { GiftsService } from './gifts.service.js'
import { ModerationService } from './moderation.service.js'
import { RoomSettingsService } from './room-settings.service.js'
import { RoomStores } from './room-stores.js'
import { RoomsRepository } from './rooms.repository.js'
import { WordsService } from './words.service.js'

const url = process.env['GALA_TEST_MYSQL_URL'] ?? ''
export const clock = new VirtualClock(1_760_000_000_000)
export const reason = 'a test'
export const ann: Act['actor'] = { subject: 'ann', role: 'admin', traceId: 't' }

const tables = ['audit', 'kept_replies', 'room_settings', 'room_mutes', 'word_lists', 'gifts', 'catalogues']

/** Once, before anything else. */
export const migrated = () => migrate(url, 'mariadb')

/** A base process of each of two data centres on one real database, with one open room and the stores of both in memory. */
export async function twoBases(room: string) {
  const [a, b] = [new MemoryRoomStore({ dc: 'dc-a', clock }), new MemoryRoomStore({ dc: 'dc-b', clock })]
  const [inA, inB] = [base([a, b]), base([b, a])]
  await inA.database.onWriter(async (manager) => {
    for (const table of tables) await manager.query(`DELETE FROM ${table}`)
    await manager.delete(EventEntity, { id: room })
    await manager.insert(EventEntity, { ...event, id: room })
  })
  return {
    ...{ a, b, inA, inB },
    auditOf: async (target: string) => (await inA.audit.page(target, 1, 50)).items,
    close: () => Promise.all([inA.database.close(), inB.database.close()]),
  }
}

export const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: AppError) => error.code,
  )

/** An operator whose request has an idempotency key. */
export function keyed(key: string, actor = 'ann') {
  const request = { headers: { 'idempotency-key': key }, method: 'PUT', url: '/', body: {} }
  const of = keyedRequestOf(request, { name: 'ops.rooms.decide' }, actor)
  if (!of) throw new Error('it has a key')
  return { ...ann, subject: actor, keyed: of } satisfies Act['actor']
}

/** A base process of one data centre: the stores of both are given, its own first. */
function base(stores: readonly MemoryRoomStore[]) {
  const database = new Database({
    readers: [{ dc: 'dc-a', url }],
    breakers: new Breakers({ clock }),
    writers: [{ dc: 'dc-a', url }],
    dialect: 'mariadb',
    entities: [AuditEntity, KeptReplyEntity, EventEntity, ...roomEntities],
    clock,
    onError: () => {},
  })
  const context = { clock, config: { GALA_DC: stores[0]?.dc } } as unknown as BaseContext
  const kept = new KeptReplies(database, context)
  const audit = new AuditRepository(database, context)
  const writes = new OperatorWrites(database, kept, { nudge: () => {} } as unknown as RelayService)
  const events = new EventsRepository(database)
  const rooms = new RoomsRepository(database)
  const all = new RoomStores(stores, context, { redisFailed: () => {} })
  return {
    database,
    audit,
    replays: new Replays(kept, { replayed: () => {} }),
    settings: new RoomSettingsService(writes, context, rooms, events, audit),
    words: new WordsService(writes, database, context, audit),
    gifts: new GiftsService(writes, database, context, audit),
    moderation: new ModerationService(writes, kept, context, events, all, audit),
    cockpit: new CockpitService(context, all, rooms),
  }
}

const event = {
  ...{ kind: 'gala' as const, title: 'Real', titleEn: '', summary: '', venue: '', status: 'live' as const },
  ...{ room: 'open' as const, startAt: new Date(clock.nowMs()), endAt: new Date(clock.nowMs() + 3_600_000) },
  ...{ version: 1, updatedAt: new Date(clock.nowMs()) },
}
