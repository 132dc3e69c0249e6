import { type ChangeBus, connectRedis, RedisPusher } from '@gala/bus'
import type { Redis } from 'ioredis'
import type { BaseContext } from '../base.config.js'

/** The Redis of one data centre, and the way to its processes. */
export interface DcStore {
  dc: string
  redis: Pick<
    Redis,
    'eval' | 'get' | 'getBuffer' | 'set' | 'xlen' | 'zrevrangebyscore' | 'pfcount' | 'info' | 'disconnect'
  >
  bus: Pick<ChangeBus, 'push'>
}

/** Own data centre first. Each fails by itself, at once or within the time limit of a command. */
export function openStores(
  { config }: BaseContext,
  redis: Redis,
  bus: ChangeBus,
  onError: (error: unknown) => void,
): DcStore[] {
  const others = config.GALA_CONTROL_REDIS_URLS.map(({ name: dc, value: url }) => {
    const other = connectRedis(url, onError)
    return { dc, redis: other, bus: new RedisPusher(other, url, config.GALA_KEY_PREFIX) }
  })
  return [{ dc: config.GALA_DC, redis, bus }, ...others]
}

/**
 * Keeps a document unless a newer one is there, as when another base process was faster. What cannot be read is no document.
 *
 * KEYS[1] document   ARGV[1] the field that counts its versions  ARGV[2] version  ARGV[3] document
 * Returns 1 when it was kept, 0 when this version was there already, and -1 when a newer one was.
 */
const keepScript = `
local held = redis.call('GET', KEYS[1])
local known, document = pcall(cjson.decode, held or '')
local version = known and type(document) == 'table' and tonumber(document[ARGV[1]])
if version and version > tonumber(ARGV[2]) then return -1 end
if version == tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
return 1`

/** A document of which the newest version holds. */
interface Versioned {
  /** Behind the prefix, and the key it is sent along under. */
  key: string
  field: 'position' | 'version'
  version: number
  raw: string
}

/** What became of a document that was to be kept. */
type Kept = 'kept' | 'there' | 'newer'

export async function keepIn({ redis }: DcStore, keyPrefix: string, { key, field, version, raw }: Versioned) {
  const answer = await redis.eval(keepScript, 1, `${keyPrefix}${key}`, field, version, raw)
  return answer === 1 ? 'kept' : answer === 0 ? 'there' : ('newer' satisfies Kept)
}
