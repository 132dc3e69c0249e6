import { type Asked, named } from '@gala/runtime'
import { type Coding, coded, codedBytesMin, codingOf } from './coding.js'
import type { Copy } from './copy.js'

/** The copy in the best coding the client takes: at once where there is one, or none is taken; else it is made, once for all. */
export function accepted(copy: Copy, request: Asked): Copy | Promise<Copy> {
  if (copy.body.length < codedBytesMin) return copy
  const coding = codingOf(named(request, 'accept-encoding'))
  if (coding === undefined) return copy
  copy.codedIn ??= {}
  copy.codedIn[coding] ??= code(copy, copy.codedIn, coding)
  return copy.codedIn[coding]
}

async function code(copy: Copy, into: NonNullable<Copy['codedIn']>, coding: Coding): Promise<Copy> {
  const body = await coded(copy.body, coding)
  const { etag, source, degraded } = copy
  // Other bytes are another representation, with a validator of its own.
  const made: Copy = { body, etag: `${etag.slice(0, -1)}.${coding}"`, source, degraded, coding }
  into[coding] = made
  return made
}
