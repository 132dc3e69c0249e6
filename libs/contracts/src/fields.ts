import { z } from 'zod'

/** Ids that travel in addresses: lower-case letters, digits and inner dashes, at most 64 characters. */
export const slug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'must be lower-case letters, digits and inner dashes')

/** Ids a client makes up for itself (browser, session): opaque, at most 64 characters. */
export const clientId = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 letters, digits, dashes or underscores')

/** What a caller makes up for one act and sends with each of its attempts. */
export const idempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 letters, digits, dashes or underscores')

/** A moment as ISO 8601 in UTC with milliseconds at most: `2026-02-16T12:00:00.000Z`. */
export const moment = z.iso.datetime()

/** A human text without control characters. `max` counts UTF-16 code units. */
export const text = (max: number, min = 1) =>
  z
    .string()
    .min(min)
    .max(max)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is refused.
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]*$/, 'must not hold control characters')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')

export const version = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)

/** Query fields of every list. Pages count from 1. */
export const paging = {
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(100).default(20),
}

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), page: z.int(), pageSize: z.int(), total: z.int() })
