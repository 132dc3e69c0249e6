import { activeKey, counterKeys, likesInboxKey } from '@gala/contracts'
import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { Redis } from 'ioredis'
import type { ApplicationContext } from '../application.config.js'
import { PARTS, type Parts } from '../parts.js'
import { CountersRepository } from '../stats/counters.repository.js'

export interface Like {
  eventId: string
  clientId: string
  seq: number
  count: number
}

export interface InboxEntry extends Like {
  /** Position in the inbox, for the acknowledgement. */
  entryId: string
}

/** About 15 MB. Beyond that the inbox refuses: what was taken is never dropped. */
const inboxEntriesMax = 100_000
const group = 'bookers'
/** A client's sequence numbers are remembered in bit maps of this many. */
const chunkBits = 1024
const memoryS = 24 * 3600

/** KEYS[1] inbox   ARGV[1] most entries, ARGV[2..] fields of the entry. Returns the entry's id, or nil when full. */
const takeScript = `
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return nil end
return redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))`

/**
 * Books likes of one event, each (client, sequence number) once: a bit per number tells whether it has been here.
 * KEYS[1] counter, KEYS[2..] bit maps, one an entry; all of one slot
 * ARGV[1] life of a bit map in s, then offset and count of each entry.
 * Returns likes added and entries that had been booked before; nothing when the counter has not begun to count.
 */
const bookScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
local added, repeated = 0, 0
for i = 2, #KEYS do
  local offset, count = ARGV[2 * i - 2], tonumber(ARGV[2 * i - 1])
  if redis.call('SETBIT', KEYS[i], offset, 1) == 0 then added = added + count else repeated = repeated + 1 end
  redis.call('EXPIRE', KEYS[i], ARGV[1])
end
redis.call('INCRBY', KEYS[1], added)
return { added, repeated }`

@Injectable()
export class LikesRepository {
  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'redis' | 'redisOf'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'clock' | 'config'>,
    private readonly counters: CountersRepository,
  ) {}

  /** Takes a like down in this data centre. False when the inbox is full. */
  async take({ eventId, clientId, seq, count }: Like): Promise<boolean> {
    const fields = ['e', eventId, 'c', clientId, 's', seq, 'n', count]
    const id = await this.parts.redis.eval(takeScript, 1, this.#inbox, inboxEntriesMax, ...fields)
    return id !== null
  }

  /** Creates the group of bookers; it may exist already, or have to be made again after Redis lost its memory. */
  async openInbox(): Promise<void> {
    try {
      await this.parts.redis.xgroup('CREATE', this.#inbox, group, '0', 'MKSTREAM')
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error
    }
  }

  /** New entries for this booker; waits up to `waitMs` on a connection of its own. */
  async next(blocking: Redis, most: number, waitMs: number): Promise<InboxEntry[]> {
    const { GALA_INSTANCE } = this.context.config
    const reply = await blocking.xreadgroup(
      'GROUP',
      group,
      GALA_INSTANCE,
      'COUNT',
      most,
      'BLOCK',
      waitMs,
      'STREAMS',
      this.#inbox,
      '>',
    )
    return parseEntries(firstStream(reply))
  }

  /** Entries that somebody, we included, has had for `idleMs` without confirming. */
  async left(most: number, idleMs: number): Promise<InboxEntry[]> {
    const { GALA_INSTANCE } = this.context.config
    const reply = (await this.parts.redis.xautoclaim(
      this.#inbox,
      group,
      GALA_INSTANCE,
      idleMs,
      '0-0',
      'COUNT',
      most,
    )) as unknown[]
    return parseEntries(reply[1])
  }

  async confirm(entries: readonly InboxEntry[]): Promise<void> {
    const ids = entries.map(({ entryId }) => entryId)
    await this.parts.redis
      .multi()
      .xack(this.#inbox, group, ...ids)
      .xdel(this.#inbox, ...ids)
      .exec()
  }

  inboxLength(): Promise<number> {
    return this.parts.redis.xlen(this.#inbox)
  }

  /** Books likes of one event at a data centre, `home`. Booking the same again adds nothing. */
  async book(
    home: string,
    at: Redis,
    eventId: string,
    likes: readonly Like[],
  ): Promise<{ added: number; repeated: number }> {
    const prefix = this.context.config.GALA_KEY_PREFIX
    const keys = likes.map(
      ({ clientId, seq }) => `${prefix}liked:{${eventId}}:${clientId}:${Math.floor(seq / chunkBits)}`,
    )
    const booked = () =>
      at.eval(
        bookScript,
        keys.length + 1,
        counterKeys(prefix, eventId).likes,
        ...keys,
        memoryS,
        ...likes.flatMap(({ seq, count }) => [seq % chunkBits, count]),
      )
    let reply = await booked()
    if (reply === null) {
      await this.counters.takeOver(at, home, eventId)
      reply = await booked()
    }
    if (reply === null) throw new Error('a counter went away while it was begun')
    await at.zadd(activeKey(prefix), this.context.clock.nowMs(), eventId)
    const [added = 0, repeated = 0] = reply as number[]
    return { added, repeated }
  }

  get #inbox() {
    return `${this.context.config.GALA_KEY_PREFIX}${likesInboxKey}`
  }
}

/** `[[stream, entries]]` of protocol 2, or `{ stream: entries }` of protocol 3. */
function firstStream(reply: unknown): unknown {
  if (Array.isArray(reply)) return (reply[0] as unknown[] | undefined)?.[1]
  return reply && Object.values(reply)[0]
}

function parseEntries(entries: unknown): InboxEntry[] {
  if (!Array.isArray(entries)) return []
  return (entries as [string, string[] | null][]).flatMap(([entryId, fields]) => {
    if (!fields) return []
    const value = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
    return [{ entryId, eventId: value('e'), clientId: value('c'), seq: Number(value('s')), count: Number(value('n')) }]
  })
}
