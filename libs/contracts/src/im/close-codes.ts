/**
 * Why a long connection of a room was ended, and what its client does then:
 * - 40xx: come back, elsewhere if there is an elsewhere, after a moment of chance;
 * - 41xx: ask `connect` for a new ticket first;
 * - 42xx: do not come back: it would end the same way;
 * - 43xx: poll instead.
 */
export const closeCodes = {
  DRAINING: { code: 4000, says: 'This process is about to stop' },
  TOO_SLOW: { code: 4001, says: 'The client has not read for longer than its messages are kept' },
  SILENT: { code: 4002, says: 'Nothing has been heard of the client for two heartbeats' },
  STORE_LOST: { code: 4003, says: 'This data centre cannot follow the room right now' },
  TICKET_EXPIRED: { code: 4100, says: 'The ticket is too old' },
  TICKET_USED: { code: 4101, says: 'The ticket has been used before' },
  TICKET_REFUSED: { code: 4102, says: 'The ticket is not one of ours, or not for this' },
  BAD_FRAME: { code: 4200, says: 'A frame could not be understood' },
  FRAME_TOO_LARGE: { code: 4201, says: 'A frame was larger than 4 KiB' },
  TOO_MANY_FRAMES: { code: 4202, says: 'More frames than a client may send' },
  HELLO_LATE: { code: 4203, says: 'No hello came in time' },
  ROOM_CLOSED: { code: 4204, says: 'The room has been closed' },
  POLL_INSTEAD: { code: 4300, says: 'Operators have asked for polling' },
} as const satisfies Record<string, { code: number; says: string }>

export type CloseReason = keyof typeof closeCodes

export type AfterClose = 'return' | 'new-ticket' | 'stay-away' | 'poll'

/** What a client does after a close with this code; any other code is a broken link. */
export function afterClose(code: number): AfterClose {
  if (code >= 4100 && code < 4200) return 'new-ticket'
  if (code >= 4200 && code < 4300) return 'stay-away'
  if (code >= 4300 && code < 4400) return 'poll'
  return 'return'
}
