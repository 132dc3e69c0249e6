import { z } from 'zod'
import { slug, text } from '../fields.js'

/** In the order of their numbers on the wire. */
export const messageTypes = ['chat', 'gift', 'notify', 'control'] as const
export type MessageType = (typeof messageTypes)[number]

/** What holds the messages of each type: a sorted set a room (`live:{room}:pk` is that of control and contests). */
export const lanes = { chat: 'chat', gift: 'gift', notify: 'notify', control: 'pk' } as const

export const textMax = 200
/** 0 to 7, the highest last. */
export const priorityMax = 7

/** Where a message was accepted and its number there: `dc-a.1f9c04b2.1207`. Numbers of one room, data centre and epoch only grow. */
export const messageId = z
  .string()
  .max(64)
  .regex(/^[a-z0-9-]{1,32}\.[0-9a-f]{8}\.\d{1,15}$/, 'must be a message id')

const senderSchema = z.object({
  id: z.string().max(120),
  name: text(40, 0),
  avatar: z.string().max(32).meta({ description: 'Short name of a picture; empty: none' }),
})
export type Sender = z.output<typeof senderSchema>

export const giftSchema = z.object({
  kind: slug,
  count: z.int().min(1).max(9_999),
  value: z.int().min(0).max(4_294_967_295).meta({ description: 'Of one, in the smallest unit' }),
})
export type Gift = z.output<typeof giftSchema>

export const controlActs = ['retract', 'mute', 'slow', 'closed', 'cleared'] as const
const controlSchema = z.object({
  act: z.enum(controlActs),
  target: z.string().max(120).meta({ description: 'A message or a viewer, by id' }),
  value: z.int().min(0).max(86_400),
})
export type RoomControl = z.output<typeof controlSchema>

/** One message as everybody sees it. */
export const roomMessageSchema = z
  .object({
    id: messageId,
    type: z.enum(messageTypes),
    priority: z.int().min(0).max(priorityMax),
    from: senderSchema,
    text: text(1_000, 0),
    gift: giftSchema.optional(),
    control: controlSchema.optional(),
    at: z.int().meta({ description: 'When it was accepted, Unix milliseconds' }),
    underWayMs: z.int().min(0).meta({ description: 'How long before that the sender says to have sent it' }),
    ttlS: z.int().min(0).max(86_400).meta({ description: 'How long it is worth showing; 0: for ever' }),
  })
  .meta({ id: 'RoomMessage' })
export type RoomMessage = z.output<typeof roomMessageSchema>

export const droppedSchema = z
  .object({ chat: z.int().min(0), notify: z.int().min(0) })
  .meta({ description: 'Messages left out on purpose, by lane. Gifts and control never are' })
export type Dropped = z.output<typeof droppedSchema>

/** What is known of a room besides its messages; a value that is left out has not changed. */
export const roomStateSchema = z
  .object({
    online: z.int().min(0),
    likes: z.int().min(0),
    level: z.int().min(0).max(4),
    programme: z.string().max(64).meta({ description: 'Id of what is on; empty: nothing' }),
    slowS: z.int().min(0).max(3_600).meta({ description: 'Seconds between two messages of a viewer; 0: no such rule' }),
    chat: z.boolean().meta({ description: 'Whether viewers may write' }),
  })
  .partial()
  .meta({ id: 'RoomState' })
export type RoomState = z.output<typeof roomStateSchema>

/** Who a viewer's token says that somebody is. */
export const viewerSchema = z.object({
  id: z.string().min(1).max(120),
  name: z.string().max(40),
  avatar: z.string().max(32),
  /** Group of viewers that can be spoken to. */
  cohort: z.string().max(64),
})
export type Viewer = z.output<typeof viewerSchema>
