import { randomFillSync, randomUUID } from 'node:crypto'

/** A random identifier (UUID v4). */
export const randomId = (): string => randomUUID()

const pool = Buffer.alloc(4_096)
let drawn = pool.length

/** `bytes` random bytes as lower-case hex, for trace and span ids; at most 64. Drawn many at a time: each draw is a system call. */
export function randomHex(bytes: number): string {
  if (drawn + bytes > pool.length) {
    randomFillSync(pool)
    drawn = 0
  }
  drawn += bytes
  return pool.toString('hex', drawn - bytes, drawn)
}

/** A number in [0, 1). The one place outside tests where chance enters. */
export const randomUnit = (): number => Math.random()
