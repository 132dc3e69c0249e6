import { parseStored } from '@gala/contracts'
import { z } from 'zod'
import type { Loaded } from './entry.js'

/** A value as it is kept in the store and sent inline. Short names: there are millions of these. */
const storedSchema = z.object({ v: z.unknown(), t: z.array(z.string()), p: z.int(), a: z.int(), f: z.int().optional() })

export const encodeLoaded = ({ value, tags, position, asOfMs, freshMs }: Loaded<unknown>): string =>
  JSON.stringify({ v: value, t: tags, p: position, a: asOfMs, f: freshMs })

/** Undefined for anything that is not such a value. */
export function decodeLoaded<T>(raw: string): Loaded<T> | undefined {
  const stored = parseStored(storedSchema, raw)
  if (!stored) return undefined
  const { v, t: tags, p: position, a: asOfMs, f: freshMs } = stored
  return { value: v as T, tags, position, asOfMs, ...(freshMs !== undefined && { freshMs }) }
}
