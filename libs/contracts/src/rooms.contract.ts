import { z } from 'zod'
import { clientId, moment, slug, text } from './fields.js'
import { cursorText } from './im/cursor.js'
import { droppedSchema, giftSchema, messageId, roomMessageSchema, roomStateSchema, textMax } from './im/message.js'
import { route } from './route.js'

const room = { room: slug.meta({ description: 'Room; every event has one of the same id' }) }

const pollSchema = z
  .object({
    messages: z.array(roomMessageSchema),
    cursor: z.string().meta({ description: 'To ask on with, here or in another data centre' }),
    pollAfterMs: z.int().meta({ description: 'When to ask again; add up to a fifth by chance' }),
    dropped: droppedSchema,
    state: roomStateSchema,
    gap: z.boolean().meta({ description: 'What came between `after` and these messages is no longer kept' }),
  })
  .meta({ id: 'RoomMessages' })
export type RoomMessages = z.output<typeof pollSchema>

/** Access answers these itself but for `send` and `gifts`: it holds the newest blocks of every room it has somebody in. */
export const roomsApi = {
  messages: route({
    name: 'rooms.messages',
    summary: 'Short polling: the messages after a cursor; without one the newest',
    method: 'GET',
    path: '/v1/rooms/:room/messages',
    params: room,
    query: {
      after: cursorText.optional(),
      form: z.enum(['json', 'blocks']).default('json').meta({
        description: 'blocks: the blocks of im.proto, each after its length as a varint, as sockets get them',
      }),
    },
    reply: pollSchema,
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 1_000,
    switch: 'rooms',
    answeredBy: 'access',
  }),
  connect: route({
    name: 'rooms.connect',
    summary: 'Where and with what to open a long connection, or that polling is asked for',
    method: 'GET',
    path: '/v1/rooms/:room/connect',
    params: room,
    reply: z.object({
      urls: z.array(z.string()).meta({ description: 'WebSocket addresses, best first; empty: poll' }),
      ticket: z.string().meta({ description: 'For the first frame; once, and for half a minute' }),
      heartbeatMs: z.int(),
      pollAfterMs: z.int(),
      maySend: z.boolean().meta({ description: 'The token was taken: this viewer may write' }),
    }),
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 1_000,
    switch: 'rooms',
    viewer: 'known-if-told',
    answeredBy: 'access',
    limits: [{ by: 'ip', scope: 'instance', rate: 2_000, burst: 4_000 }],
  }),
  send: route({
    name: 'rooms.send',
    summary: 'Say something, or give a gift; taken once per (viewer, clientId, seq), whichever data centre takes it',
    method: 'POST',
    path: '/v1/rooms/:room/messages',
    params: room,
    body: z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('chat'), text: text(textMax), ...sent() }),
      z.strictObject({
        type: z.literal('gift'),
        gift: z.strictObject(giftSchema.omit({ value: true }).shape),
        ...sent(),
      }),
    ]),
    reply: z.object({
      id: messageId,
      position: z.object({ dc: z.string(), epoch: z.string(), sequence: z.int() }),
      held: z.boolean().meta({ description: 'It waits for an operator' }),
      text: z.string().meta({ description: 'What the others see' }),
      repeated: z.boolean().meta({ description: 'It had been taken before' }),
    }),
    criticality: 'sheddable-plus',
    // Somebody has paid for a gift.
    kinds: { field: 'type', criticality: { gift: 'critical' } },
    onDegraded: 'refuse',
    timeoutMs: 1_000,
    // Gifts go on when chat is off: application looks at that switch for what is chat.
    switch: 'rooms',
    viewer: 'required',
    limits: [
      { by: 'viewer', scope: 'instance', rate: 2, burst: 8 },
      { by: 'ip', scope: 'instance', rate: 2_000, burst: 4_000 },
      { by: 'param:room', scope: 'dc', rate: 5_000, burst: 10_000, away: 'portion' },
    ],
    inFlight: { by: 'param:room', max: 1_000 },
  }),
  gifts: route({
    name: 'rooms.gifts',
    summary: 'What can be given, cheapest first',
    method: 'GET',
    path: '/v1/gifts',
    reply: z.object({ items: z.array(z.object({ kind: slug, title: text(80), value: z.int().min(0) })) }),
    criticality: 'sheddable-plus',
    cache: { freshMs: 60_000, staleMs: 3_600_000 },
    onDegraded: 'static',
    timeoutMs: 2_000,
  }),
}

function sent() {
  return {
    clientId,
    seq: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .meta({ description: 'Counts up by one per message of this client' }),
    sentAtMs: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .meta({ description: 'By the clock of the client' }),
  }
}

export const guestsApi = {
  create: route({
    name: 'guests.create',
    summary: 'A token for a viewer nobody knows, where the platform is set up to give them',
    method: 'POST',
    path: '/v1/guests',
    body: z.strictObject({ name: text(24).optional() }),
    reply: z.object({ token: z.string(), viewer: z.object({ id: z.string(), name: z.string() }), expiresAt: moment }),
    criticality: 'sheddable-plus',
    onDegraded: 'refuse',
    timeoutMs: 1_000,
    switch: 'chat',
    answeredBy: 'access',
    limits: [{ by: 'ip', scope: 'instance', rate: 50, burst: 500 }],
  }),
}

/** Server-sent events with the answers of `rooms.messages`, for clients that cannot have a WebSocket. The ticket goes as `authorization: Ticket …`. */
export const roomStreamPath = '/v1/rooms/:room/stream'
/** Where WebSockets are opened. */
export const roomSocketPath = '/v1/rooms/:room/socket'
