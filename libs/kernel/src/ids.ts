import { randomBytes, randomUUID } from 'node:crypto'

/** A random identifier (UUID v4). */
export const randomId = (): string => randomUUID()

/** `bytes` random bytes as lower-case hex, for trace and span ids. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex')

/** A number in [0, 1). The one place outside tests where chance enters. */
export const randomUnit = (): number => Math.random()
