import { lanes } from '@gala/contracts'
import type { LoggedMessage, NewMessage } from '@gala/rooms'

/** How much of what people say is copied. */
export type AuditDepth = 'full' | 'meta'

/** A message that was accepted in this data centre. `id` is the room's and the message's: it is the same however often it is copied. */
export function acceptedLine({ room, message }: LoggedMessage, copiedMs: number, depth: AuditDepth): string {
  const { id, type, from, text, at, gift, control, priority } = message
  const [dc = '', epoch = '', sequence = ''] = id.split('.')
  return JSON.stringify({
    id: `${room}.${id}`,
    what: 'accepted',
    room,
    message: id,
    lane: lanes[type],
    dc,
    epoch,
    sequence: Number(sequence),
    type,
    at,
    copied: copiedMs,
    sender: from.id,
    priority,
    act: null,
    length: text.length,
    gift,
    control,
    ...(depth === 'full' && { name: from.name, text }),
  })
}

/** What screening has done with a text: covered words, held it for an operator, refused it. */
export function screenedLine(
  { room, dc, act, text }: { room: string; dc: string; act: 'mask' | 'hold' | 'refuse'; text: string },
  { type, from, at, client, seq }: Pick<NewMessage, 'type' | 'from' | 'at' | 'client' | 'seq'>,
  depth: AuditDepth,
): string {
  return JSON.stringify({
    id: `${room}.${client}.${seq}`,
    what: 'screened',
    room,
    lane: lanes[type],
    dc,
    type,
    at,
    sender: from.id,
    act,
    length: text.length,
    ...(depth === 'full' && { name: from.name, text }),
  })
}
