import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

/** A script and what Redis knows it by, once it has seen it. */
export interface Script {
  lua: string
  sha: string
}

export type Argument = string | number | Buffer

export const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') })

/** By its hash, because some of these are said thousands of times a second; a server that has not seen it yet is told once. */
export async function runScript<T>(
  redis: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<T> {
  try {
    return (await redis.evalsha(sha, keys.length, ...keys, ...args)) as T
  } catch (error) {
    if (!String(error).includes('NOSCRIPT')) throw error
    return (await redis.eval(lua, keys.length, ...keys, ...args)) as T
  }
}
