import { cursorText, messageTypes, type RoomMessage, type RoomMessages, type RoomState } from '@gala/contracts'

/** More than an answer ever holds. */
const messagesMax = 4_096
const idForm = /^[a-z0-9-]{1,32}\.[0-9a-f]{8}\.\d{1,15}$/

type Unknown<T> = { [K in keyof T]?: unknown }

/**
 * What an answer to a poll says, as far as it can be understood: a type of message, or an act, of a later release must not cost the
 * rest. Undefined: it is no such answer.
 */
export function readAnswer(answer: unknown): RoomMessages | undefined {
  if (!isObject<RoomMessages>(answer)) return undefined
  const { messages, cursor, pollAfterMs, dropped, state, gap } = answer
  if (!Array.isArray(messages) || !(cursor === '' || cursorText.safeParse(cursor).success)) return undefined
  const counts = isObject<RoomMessages['dropped']>(dropped) ? dropped : {}
  return {
    messages: messages.slice(0, messagesMax).flatMap((message) => readMessage(message) ?? []),
    cursor: cursor as string,
    pollAfterMs: count(pollAfterMs),
    dropped: { chat: count(counts.chat), notify: count(counts.notify) },
    state: readState(state),
    gap: gap === true,
  }
}

function readMessage(message: unknown): RoomMessage | undefined {
  if (!isObject<RoomMessage>(message) || !isObject<RoomMessage['from']>(message.from)) return undefined
  const { id, type, text, from, gift, control } = message
  const known = messageTypes.find((name) => name === type)
  if (!known || typeof id !== 'string' || !idForm.test(id) || typeof text !== 'string') return undefined
  if (known === 'gift' && !isObject<NonNullable<RoomMessage['gift']>>(gift)) return undefined
  if (known === 'control' && !isObject<NonNullable<RoomMessage['control']>>(control)) return undefined
  return {
    id,
    type: known,
    priority: count(message.priority),
    from: { id: string(from.id), name: string(from.name), avatar: string(from.avatar) },
    text,
    ...(known === 'gift' && { gift: readGift(gift) }),
    ...(known === 'control' && { control: readControl(control) }),
    at: count(message.at),
    underWayMs: count(message.underWayMs),
    ttlS: count(message.ttlS),
  }
}

function readGift(gift: unknown): NonNullable<RoomMessage['gift']> {
  const { kind, count: many, value } = gift as Unknown<NonNullable<RoomMessage['gift']>>
  return { kind: string(kind), count: Math.max(1, count(many)), value: count(value) }
}

function readControl(control: unknown): NonNullable<RoomMessage['control']> {
  const { act, target, value } = control as Unknown<NonNullable<RoomMessage['control']>>
  return { act: string(act) as NonNullable<RoomMessage['control']>['act'], target: string(target), value: count(value) }
}

function readState(state: unknown): RoomState {
  if (!isObject<RoomState>(state)) return {}
  const read: RoomState = {}
  for (const name of ['online', 'likes', 'level', 'slowS'] as const)
    if (typeof state[name] === 'number') read[name] = count(state[name])
  if (typeof state.programme === 'string') read.programme = state.programme
  if (typeof state.chat === 'boolean') read.chat = state.chat
  return read
}

const isObject = <T>(value: unknown): value is Unknown<T> => typeof value === 'object' && value !== null
const string = (value: unknown) => (typeof value === 'string' ? value : '')
const count = (value: unknown) => (Number.isSafeInteger(value) ? Math.max(0, value as number) : 0)
