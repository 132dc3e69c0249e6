import { Redis } from 'ioredis'

/**
 * A Redis connection that fails fast instead of queueing: a command while disconnected is refused at once, one that is
 * not answered in `commandTimeoutMs` fails, and reconnecting goes on for ever, at most a second apart.
 */
export function connectRedis(url: string, onError: (error: unknown) => void, commandTimeoutMs = 250): Redis {
  const redis = new Redis(url, {
    connectTimeout: 1000,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000),
  })
  redis.on('error', onError)
  return redis
}
