import { APP_CONTEXT } from '@gala/runtime'
import { Inject, Injectable } from '@nestjs/common'
import type { ApplicationContext } from '../application.config.js'
import { PARTS, type Parts } from '../parts.js'

/**
 * When a viewer last said something in a room, for all processes of the data centre. The time is that of the processes: they differ
 * by less than anybody notices, and how long is left is never more than the whole.
 * KEYS[1] at (ms), mark   ARGV[1] now  ARGV[2] ms between two messages  ARGV[3] mark of this message
 * Returns ms to wait; 0: it may be said, and is the last one now. The same message again may be.
 */
const script = `
local at, mark = unpack(redis.call('HMGET', KEYS[1], 'at', 'mark'))
if mark == ARGV[3] then return 0 end
if at then
  local left = math.min(tonumber(at) + tonumber(ARGV[2]) - tonumber(ARGV[1]), tonumber(ARGV[2]))
  if left > 0 then return left end
end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'mark', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 0`

/** Lets a viewer say something once in so many seconds. A key for each viewer who has said something within them. */
@Injectable()
export class SlowMode {
  constructor(
    @Inject(PARTS) private readonly parts: Pick<Parts, 'redis'>,
    @Inject(APP_CONTEXT) private readonly context: Pick<ApplicationContext, 'clock' | 'config'>,
  ) {}

  /**
   * Takes the viewer's turn. `mark` tells one message from the next; one that has had its turn and could not be taken down keeps it.
   * @returns milliseconds to wait; 0: it is their turn.
   */
  async take(room: string, viewer: string, slowS: number, mark: string): Promise<number> {
    const key = `${this.context.config.GALA_KEY_PREFIX}slow:{${room}}:${viewer}`
    const nowMs = this.context.clock.nowMs()
    return Number(await this.parts.redis.eval(script, 1, key, nowMs, slowS * 1_000, mark))
  }
}
