import { activeEvents, activeKey, counterKeys, parseStored } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ChainableCommander, Redis } from 'ioredis'
import { z } from 'zod'
import type { ApplicationContext } from '../application.config.js'
import { PARTS, type Parts } from '../parts.js'

/** A browser is online while its last beat is in this window or the one before: heard from within a minute. */
const onlineWindowMs = 30_000
const onlineLifeS = 90
const countersLifeS = 7 * 24 * 3600

const shareSchema = z.object({ likes: z.int(), plays: z.int(), online: z.int(), asOfMs: z.int() })
/** What one data centre has counted. */
export type Share = z.output<typeof shareSchema>

/**
 * Keeps the largest likes and plays ever told: they only grow, so a late message must not set them back.
 * KEYS[1] hash of shares   ARGV[1] data centre  ARGV[2] its share as JSON  ARGV[3] lifetime in s
 */
const tellScript = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
local share = cjson.decode(ARGV[2])
if old then
  local before = cjson.decode(old)
  share.likes = math.max(share.likes, before.likes)
  share.plays = math.max(share.plays, before.plays)
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(share))
redis.call('EXPIRE', KEYS[1], ARGV[3])`

/**
 * Gives a Redis that has not counted an event yet what had been counted before it.
 * KEYS[1] likes  KEYS[2] plays before   ARGV[1], ARGV[2] how many
 */
const takeOverScript = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[2], ARGV[2], 'NX')`

@Injectable()
export class CountersRepository {
  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'redis' | 'redisOf' | 'database'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'clock' | 'config'>,
  ) {}

  /** Counts a browser as online now and, once it plays, its session as a play. */
  async beat(eventId: string, clientId: string, sessionId: string, playing: boolean): Promise<void> {
    const keys = this.#keys(eventId)
    const nowMs = this.context.clock.nowMs()
    const online = keys.online(windowOf(nowMs))
    const commands = this.parts.redis.pipeline().pfadd(online, clientId).expire(online, onlineLifeS)
    if (playing) commands.pfadd(keys.plays, sessionId).expire(keys.plays, countersLifeS)
    // By itself: in a cluster a pipeline goes to one node.
    const active = this.parts.redis.zadd(activeKey(this.#prefix), nowMs, eventId)
    await Promise.all([all(commands.exec()), active])
  }

  /** What this data centre has counted. */
  async own(eventId: string): Promise<Share> {
    const known = await this.#counted(eventId)
    if (known) return known
    await this.takeOver(this.parts.redis, this.context.config.GALA_DC, eventId)
    return (await this.#counted(eventId)) ?? { likes: 0, plays: 0, online: 0, asOfMs: this.context.clock.nowMs() }
  }

  /**
   * Before the first like of an event in this Redis: it begins where the data centre had come to, as the others have heard or as it
   * was written down. A Redis that lost its memory would count from nothing otherwise, and nobody would hear of it until
   * it had come as far again. @throws when nobody can tell.
   */
  async takeOver(redis: Redis, dc: string, eventId: string): Promise<void> {
    const { likes, playsBefore, shares } = this.#keys(eventId)
    const peers = [...this.parts.redisOf].filter(([id]) => id !== dc)
    const [written, ...told] = await Promise.all([
      this.#written(dc, eventId),
      ...peers.map(([, peer]) => peer.hget(shares, dc).catch(() => null)),
    ])
    const known = told.flatMap((json) => (json && parseStored(shareSchema, json)) || [])
    const most = (of: 'likes' | 'plays') => Math.max(written[of], ...known.map((share) => share[of]))
    await redis.eval(takeOverScript, 2, likes, playsBefore, most('likes'), most('plays'))
  }

  async #written(dc: string, eventId: string): Promise<{ likes: number; plays: number }> {
    const { value } = await this.parts.database.read((manager) =>
      manager.query<{ likes: string; plays: string }[]>(
        'SELECT likes, plays FROM event_counts WHERE event_id = ? AND dc = ?',
        [eventId, dc],
      ),
    )
    return { likes: Number(value[0]?.likes ?? 0), plays: Number(value[0]?.plays ?? 0) }
  }

  /** What this data centre has counted, and the last word of every other one by its id: one question to Redis. */
  async everywhere(eventId: string): Promise<{ own: Share; others: Map<string, Share> }> {
    const asOfMs = this.context.clock.nowMs()
    const asked = this.#count(eventId, asOfMs).hgetall(this.#keys(eventId).shares)
    const [likes, plays, before, online, told] = await all(asked.exec())
    const own = shareOf([likes, plays, before, online], asOfMs) ?? (await this.own(eventId))
    return { own, others: sharesIn(told as Record<string, string>) }
  }

  /** Undefined while this Redis has not begun to count the event. */
  async #counted(eventId: string): Promise<Share | undefined> {
    const asOfMs = this.context.clock.nowMs()
    return shareOf(await all(this.#count(eventId, asOfMs).exec()), asOfMs)
  }

  #count(eventId: string, asOfMs: number): ChainableCommander {
    const keys = this.#keys(eventId)
    const window = windowOf(asOfMs)
    return this.parts.redis
      .pipeline()
      .get(keys.likes)
      .pfcount(keys.plays)
      .get(keys.playsBefore)
      .pfcount(keys.online(window), keys.online(window - onlineWindowMs))
  }

  /** Tells another data centre what this one has counted. */
  async tell(peer: Redis, eventId: string, share: Share): Promise<void> {
    const { shares } = this.#keys(eventId)
    await peer.eval(tellScript, 1, shares, this.context.config.GALA_DC, JSON.stringify(share), countersLifeS)
  }

  /** Events something was counted for within the hour, the liveliest first, and when that was. */
  async activeEvents(): Promise<{ eventId: string; countedMs: number }[]> {
    const sinceMs = this.context.clock.nowMs() - activeEvents.withinMs
    const key = activeKey(this.#prefix)
    await this.parts.redis.zremrangebyscore(key, '-inf', `(${sinceMs}`)
    const found = await this.parts.redis.zrevrange(key, 0, activeEvents.max - 1, 'WITHSCORES')
    return found.flatMap((eventId, i) => (i % 2 === 0 ? [{ eventId, countedMs: Number(found[i + 1]) }] : []))
  }

  get #prefix() {
    return this.context.config.GALA_KEY_PREFIX
  }

  #keys(eventId: string) {
    return counterKeys(this.#prefix, eventId)
  }
}

const windowOf = (nowMs: number) => Math.floor(nowMs / onlineWindowMs) * onlineWindowMs

/** Of what `#count` has asked. */
function shareOf([likes, plays, before, online]: unknown[], asOfMs: number): Share | undefined {
  if (likes === null) return undefined
  // Who went on watching has been counted twice: the greater of the two is what there were at least.
  return { likes: Number(likes), plays: Math.max(Number(plays), Number(before ?? 0)), online: Number(online), asOfMs }
}

function sharesIn(told: Record<string, string>): Map<string, Share> {
  const shares = Object.entries(told).flatMap(([dc, json]) => {
    const share = parseStored(shareSchema, json)
    return share ? [[dc, share] as const] : []
  })
  return new Map(shares)
}

/** The replies of a pipeline; the first error in it is thrown. */
async function all(replies: Promise<[Error | null, unknown][] | null>): Promise<unknown[]> {
  return ((await replies) ?? []).map(([error, value]) => {
    if (error) throw error
    return value
  })
}
