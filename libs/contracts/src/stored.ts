import type { z } from 'zod'

/**
 * Reads what another process left in Redis or sent over the bus. Undefined for anything that is not of this form
 * (another release's, half a value, rubbish): a copy that cannot be read is no copy, not an error.
 */
export function parseStored<T extends z.ZodType>(schema: T, text: string): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
