import type { Clock } from '@gala/kernel'
import type { Redis } from 'ioredis'

/** A server that has not answered by then is no reason to wait: everything is to work without it. */
const tryMs = 1_000

/**
 * Resolves when the first try to connect has ended, well or not. What is asked before is refused for no fault of the server, and would
 * be held against it.
 */
export async function firstTry(redis: Redis, clock: Clock): Promise<void> {
  if (redis.status === 'ready') return
  const over = new AbortController()
  const ended = () => over.abort('ended')
  redis.once('ready', ended)
  redis.once('close', ended)
  await clock.sleep(tryMs, over.signal)
  redis.off('ready', ended)
  redis.off('close', ended)
}
