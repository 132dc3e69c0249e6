import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { PARTS, type Parts } from '../parts.js'

/** Beacons of a session are remembered in bit maps of this many. */
const chunkBits = 1_024
/** Longer than a page keeps what it could not send. */
const memoryS = 3_600
/** A process that is gone leaves a batch under way for so long; writing one takes some 30 ms. */
const underWayMs = 3_000

/**
 * Whether a batch may be written, and which of its beacons have been. The bits are set only when it is on a disk: a process that ends
 * before that has forgotten nothing.
 * KEYS[1] batch under way, KEYS[2..] bit maps, one a beacon; all of one slot   ARGV[1] ms it may be, ARGV[2..] offsets
 * Returns the bits; nothing while somebody else writes this batch.
 */
const beginScript = `
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return nil end
local bits = {}
for i = 2, #KEYS do bits[i - 1] = redis.call('GETBIT', KEYS[i], ARGV[i]) end
return bits`

/** KEYS[1] batch under way, KEYS[2..] bit maps, one a beacon   ARGV[1] life of a bit map in s, ARGV[2..] offsets */
const doneScript = `
for i = 2, #KEYS do
  redis.call('SETBIT', KEYS[i], ARGV[i], 1)
  redis.call('EXPIRE', KEYS[i], ARGV[1])
end
redis.call('DEL', KEYS[1])`

/** What has been taken of which session in this data centre. A session of up to 1,024 beacons costs a key of some 200 bytes, for an hour. */
@Injectable()
export class TakenBeacons {
  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'redis'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'config'>,
  ) {}

  /** For each number whether it has been taken; undefined while the same batch is being written. */
  async begin(session: string, batch: string, seqs: readonly number[]): Promise<boolean[] | undefined> {
    const keys = this.#keys(session, batch, seqs)
    const bits = await this.parts.redis.eval(beginScript, keys.length, ...keys, underWayMs, ...seqs.map(offsetOf))
    return (bits as number[] | null)?.map((bit) => bit === 1)
  }

  async done(session: string, batch: string, seqs: readonly number[]): Promise<void> {
    const keys = this.#keys(session, batch, seqs)
    await this.parts.redis.eval(doneScript, keys.length, ...keys, memoryS, ...seqs.map(offsetOf))
  }

  #keys(session: string, batch: string, seqs: readonly number[]): string[] {
    const own = `${this.context.config.GALA_KEY_PREFIX}beacons:{${session}}:`
    return [`${own}batch:${batch}`, ...seqs.map((seq) => `${own}${Math.floor(seq / chunkBits)}`)]
  }
}

const offsetOf = (seq: number) => seq % chunkBits
