import { parseRedisUrl } from '@gala/bus'
import type { Clock } from '@gala/kernel'
import type { EventLog } from './event-log.js'
import { KafkaEventLog } from './kafka-event-log.js'
import { parseKafkaUrl } from './kafka-url.js'
import { RedisEventLog } from './redis-event-log.js'

export interface OpenOptions {
  /** What names in the log begin with, so that several platforms may share a server. */
  prefix: string
  /** Parts of every topic. All processes of a data centre have to agree on it. */
  parts: number
  clock: Clock
  /** Told of connection faults; the log itself goes on. */
  onError: (error: unknown) => void
}

/** Whether a log can be opened at a URL. */
export const isEventLogUrl = (url: string): boolean =>
  parseRedisUrl(url) !== undefined || parseKafkaUrl(url) !== undefined

/** The log at a URL: any form of `RedisAddress`, or of `parseKafkaUrl`. @throws when the URL is none. */
export function openEventLog(url: string, { prefix, parts, clock, onError }: OpenOptions): EventLog {
  const address = parseKafkaUrl(url)
  // A colon may not stand in the name of a topic.
  if (address) return new KafkaEventLog({ address, prefix: prefix.replaceAll(':', '.'), parts, clock })
  return new RedisEventLog({ redisUrl: url, keyPrefix: prefix, parts, clock, onError })
}
