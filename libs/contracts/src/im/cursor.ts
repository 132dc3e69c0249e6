import { z } from 'zod'

/** How far somebody has read what one data centre accepted. */
export interface OriginPosition {
  /** Eight hexadecimal digits; another one means that the data centre's store has begun anew. */
  epoch: string
  seq: number
}

/**
 * How far somebody has read a room, by the data centre its messages were accepted in. It means the same in every data centre, which
 * is why a viewer can go on in another one without losing a message or seeing one twice.
 */
export type Cursor = ReadonlyMap<string, OriginPosition>

const originsMax = 8
const part = String.raw`[a-z0-9-]{1,32}\.[0-9a-f]{8}\.\d{1,15}`

/** `dc-a.1f9c04b2.1207~dc-b.77aa0134.88`: origins in alphabetical order. */
export const cursorText = z
  .string()
  .max(500)
  .regex(new RegExp(`^${part}(?:~${part}){0,${originsMax - 1}}$`), 'must be a cursor this API has given')

export const formatCursor = (cursor: Cursor): string =>
  [...cursor]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([dc, { epoch, seq }]) => `${dc}.${epoch}.${seq}`)
    .join('~')

/** Of a text that `cursorText` has taken, or of the empty one: nothing has been read. */
export function parseCursor(text: string): Cursor {
  if (text === '') return new Map()
  return new Map(
    text.split('~').map((origin) => {
      const [dc = '', epoch = '', seq = ''] = origin.split('.')
      return [dc, { epoch, seq: Number(seq) }]
    }),
  )
}

/** Whether who stands at `cursor` has had message `seq` of an origin. Of another epoch nothing can be told: no. */
export function hasRead(cursor: Cursor, dc: string, epoch: string, seq: number): boolean {
  const at = cursor.get(dc)
  return at !== undefined && at.epoch === epoch && at.seq >= seq
}

/** Whether who stands at `cursor` has had everything up to `other`. */
export function isPast(cursor: Cursor, other: Cursor): boolean {
  for (const [dc, { epoch, seq }] of other) if (!hasRead(cursor, dc, epoch, seq)) return false
  return true
}
