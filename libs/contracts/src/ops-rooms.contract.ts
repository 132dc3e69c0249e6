import { z } from 'zod'
import { moment, pageOf, paging, slug, text, version } from './fields.js'
import { droppedSchema, messageId, roomMessageSchema, textMax } from './im/message.js'
import { route } from './route.js'

/** What becomes of a text that a list of words has something against; `refuse` is the strictest. */
export const wordActs = ['mask', 'hold', 'refuse'] as const
export type WordAct = (typeof wordActs)[number]

const roomSettingsSchema = z
  .object({
    room: slug,
    onHit: z.enum(wordActs).meta({ description: 'For words of lists that leave it to the room' }),
    slowS: z.int().min(0).max(3_600).meta({ description: 'Seconds between two messages of a viewer; 0: no such rule' }),
    chat: z.boolean().meta({ description: 'Whether viewers may write' }),
    version,
  })
  .meta({ id: 'RoomSettings' })
export type RoomSettings = z.output<typeof roomSettingsSchema>
/** A room nobody has set anything for. */
export const defaultRoomSettings = (room: string): RoomSettings => ({
  room,
  onHit: 'mask',
  slowS: 0,
  chat: true,
  version: 0,
})

const muteSchema = z.object({
  viewer: z.string().max(120),
  until: moment,
  reason: z.string(),
  actor: z.string(),
})
export type Mute = z.output<typeof muteSchema>

/** What an access process says of a room it has somebody in. Rates are of the last ten seconds. */
export const roomReportSchema = z.object({
  instance: z.string(),
  at: z.int(),
  sockets: z.int().min(0),
  streams: z.int().min(0),
  polls: z.number().min(0).meta({ description: 'Polls a second' }),
  deliveredPerS: z.number().min(0).meta({ description: 'Messages times viewers' }),
  delayP50Ms: z.number().nullable().meta({ description: 'From acceptance until it is written to a socket' }),
  delayP99Ms: z.number().nullable(),
  skippedPerS: z.number().min(0).meta({ description: 'Blocks a slow client did not get' }),
})
export type RoomReport = z.output<typeof roomReportSchema>

/** What the process says that makes a room's blocks. */
export const pumpReportSchema = z.object({
  instance: z.string(),
  at: z.int(),
  windowMs: z.int(),
  chatPerS: z.number().meta({ description: 'Chat messages a second that are shown at most' }),
  blocksPerS: z.number(),
  inPerS: z.object({ chat: z.number(), gift: z.number(), notify: z.number(), control: z.number() }),
  outPerS: z.object({ chat: z.number(), gift: z.number(), notify: z.number(), control: z.number() }),
  dropped: droppedSchema.meta({ description: 'Since this process has begun' }),
})
export type PumpReport = z.output<typeof pumpReportSchema>

const roomDcSchema = z.object({
  dc: z.string(),
  reachable: z.boolean(),
  epoch: z.string().nullable(),
  head: z.int().nullable(),
  viewers: z.object({ socket: z.int(), stream: z.int(), poll: z.int() }),
  pump: pumpReportSchema.nullable(),
  processes: z.array(roomReportSchema),
})

const roomItemSchema = z
  .object({ settings: roomSettingsSchema, title: z.string(), open: z.boolean(), dcs: z.array(roomDcSchema) })
  .meta({ id: 'RoomItem' })
export type RoomItem = z.output<typeof roomItemSchema>

/** A message that waits for an operator. */
export const heldMessageSchema = z
  .object({
    message: roomMessageSchema,
    words: z.array(z.string()).meta({ description: 'What the lists have against it' }),
    dc: z.string(),
  })
  .meta({ id: 'HeldMessage' })
export type HeldMessage = z.output<typeof heldMessageSchema>

const cockpitSchema = roomItemSchema
  .extend({
    messages: z.array(roomMessageSchema).meta({ description: 'The newest that were accepted, newest first' }),
    held: z.array(heldMessageSchema),
    mutes: z.array(muteSchema),
  })
  .meta({ id: 'RoomCockpit' })
export type RoomCockpit = z.output<typeof cockpitSchema>

const wordListSchema = z
  .object({
    id: slug,
    title: text(120),
    act: z.enum(['room', ...wordActs]).meta({ description: 'room: what the room is set to' }),
    words: z.array(text(60)).max(20_000),
    version,
    updatedAt: moment,
    updatedBy: z.string(),
  })
  .meta({ id: 'WordList' })
export type WordList = z.output<typeof wordListSchema>

const giftItem = z.object({ kind: slug, title: text(80), value: z.int().min(0).max(100_000_000), active: z.boolean() })
const room = { room: slug.meta({ description: 'Room; every event has one of the same id' }) }
const reason = text(500).meta({ description: 'Why; for the audit' })
const shared = { criticality: 'critical', onDegraded: 'refuse', timeoutMs: 5_000 } as const
const position = z.int().meta({ description: 'Change position' })
const said = z.object({ id: messageId.nullable() }).meta({ description: 'The message that told the room, if any' })

export const opsRoomsApi = {
  list: route({
    ...shared,
    name: 'ops.rooms.list',
    summary: 'Rooms with somebody in them or with settings, busiest first',
    method: 'GET',
    path: '/ops/v1/rooms',
    query: paging,
    reply: pageOf(roomItemSchema),
    role: 'viewer',
  }),
  read: route({
    ...shared,
    name: 'ops.rooms.read',
    summary: 'The cockpit of a room',
    method: 'GET',
    path: '/ops/v1/rooms/:room',
    params: room,
    reply: cockpitSchema,
    role: 'viewer',
  }),
  save: route({
    ...shared,
    name: 'ops.rooms.save',
    summary: 'Set slow mode, whether viewers may write, and what becomes of words',
    method: 'PUT',
    path: '/ops/v1/rooms/:room',
    params: room,
    body: z.strictObject({
      onHit: roomSettingsSchema.shape.onHit.optional(),
      slowS: roomSettingsSchema.shape.slowS.optional(),
      chat: z.boolean().optional(),
      expectedVersion: version,
      reason,
    }),
    reply: roomSettingsSchema.extend({ position }),
    role: 'operator',
  }),
  mute: route({
    ...shared,
    name: 'ops.rooms.mute',
    summary: 'Keep a viewer from writing in a room for a time',
    method: 'PUT',
    path: '/ops/v1/rooms/:room/mutes/:viewer',
    params: { ...room, viewer: z.string().min(1).max(120) },
    body: z.strictObject({ seconds: z.int().min(0).max(604_800).meta({ description: '0: let write again' }), reason }),
    reply: z.object({ mute: muteSchema.nullable(), position }),
    role: 'operator',
  }),
  retract: route({
    ...shared,
    name: 'ops.rooms.retract',
    summary: 'Take a message back: out of the lanes, and off the screens that show it',
    method: 'PUT',
    path: '/ops/v1/rooms/:room/retractions/:message',
    params: { ...room, message: messageId },
    body: z.strictObject({ reason }),
    reply: said,
    role: 'operator',
  }),
  announce: route({
    ...shared,
    name: 'ops.rooms.announce',
    summary: 'Say something as the platform: to a room, to all rooms, to a cohort or to one viewer',
    method: 'POST',
    path: '/ops/v1/announcements',
    body: z.strictObject({
      to: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('room'), room: slug }),
        z.strictObject({ kind: z.literal('platform') }),
        z.strictObject({ kind: z.literal('cohort'), cohort: slug }),
        z.strictObject({ kind: z.literal('viewer'), viewer: z.string().min(1).max(120) }),
      ]),
      text: text(textMax),
      priority: z.int().min(0).max(7).default(6),
      ttlS: z.int().min(0).max(86_400).default(600),
      reason,
    }),
    reply: z.object({ rooms: z.int().meta({ description: 'Rooms it was said in; 0 for a viewer or a cohort' }) }),
    role: 'operator',
  }),
  decide: route({
    ...shared,
    name: 'ops.rooms.decide',
    summary: 'Show or refuse a message that was held',
    method: 'PUT',
    path: '/ops/v1/rooms/:room/held/:message',
    params: { ...room, message: messageId },
    body: z.strictObject({ decision: z.enum(['show', 'refuse']), reason }),
    reply: said,
    role: 'operator',
  }),
  words: route({
    ...shared,
    name: 'ops.rooms.words',
    summary: 'Lists of words texts are screened for',
    method: 'GET',
    path: '/ops/v1/words',
    reply: z.object({ items: z.array(wordListSchema) }),
    role: 'operator',
  }),
  saveWords: route({
    ...shared,
    name: 'ops.rooms.saveWords',
    summary: 'Replace a list of words; every process screens by it within a second',
    method: 'PUT',
    path: '/ops/v1/words/:list',
    params: { list: slug },
    body: z.strictObject({
      title: text(120),
      act: wordListSchema.shape.act,
      words: wordListSchema.shape.words,
      expectedVersion: version,
      reason,
    }),
    // 20,000 words of some 40 bytes.
    bodyBytesMax: 2_097_152,
    reply: wordListSchema.extend({ position }),
    role: 'admin',
  }),
  gifts: route({
    ...shared,
    name: 'ops.rooms.gifts',
    summary: 'The catalogue of gifts',
    method: 'GET',
    path: '/ops/v1/gifts',
    reply: z.object({ items: z.array(giftItem), version }),
    role: 'viewer',
  }),
  saveGifts: route({
    ...shared,
    name: 'ops.rooms.saveGifts',
    summary: 'Replace the catalogue of gifts',
    method: 'PUT',
    path: '/ops/v1/gifts',
    body: z.strictObject({
      items: z
        .array(z.strictObject(giftItem.shape))
        .max(100)
        .refine((items) => new Set(items.map(({ kind }) => kind)).size === items.length, 'kinds must be unique'),
      expectedVersion: version,
      reason,
    }),
    reply: z.object({ items: z.array(giftItem), version, position }),
    role: 'admin',
  }),
}
