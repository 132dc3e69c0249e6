import { createHash } from 'node:crypto'
import type { RoomControl, Sender } from '@gala/contracts'
import type { DirectMessage, NewMessage } from '@gala/rooms'

const platform: Sender = { id: 'platform', name: 'Gala', avatar: '' }

interface Said {
  /** Whoever says it again with the same one says the same. */
  client: string
  at: number
  priority: number
  text?: string
  ttlS?: number
  control?: RoomControl
}

/** A message of the platform itself: a control when it carries one, otherwise a notice. */
export const fromPlatform = ({ client, at, priority, text = '', ttlS = 0, control }: Said): NewMessage => ({
  type: control ? 'control' : 'notify',
  priority,
  from: platform,
  text,
  ...(control && { control }),
  at,
  underWayMs: 0,
  ttlS,
  client,
  seq: 0,
})

/**
 * The same for some viewers, past the lanes. Its id is made from `key`: sent again, or by two data centres, it is the same
 * message to whoever has had it. No data centre is called `platform`.
 */
export function privately(key: string, to: DirectMessage['to'], said: NewMessage): DirectMessage {
  const digest = createHash('sha256').update(key).digest()
  const id = `platform.${digest.toString('hex', 0, 4)}.${digest.readUIntBE(4, 6)}`
  const { client: _client, seq: _seq, ...message } = said
  return { to, message: { ...message, id } }
}
