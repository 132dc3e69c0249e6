import type { Redis } from 'ioredis'
import { type Budget, holderMs, type Lease, type LeaseAsk } from './budget.js'

/**
 * Gives back, then grants. The bucket is one number, the moment it will be full in microseconds of Redis' own clock, with the
 * run id of the server that wrote it; it ends when it is full, because a key that is not there counts as full. Not so after a
 * loss of memory: a number that another run wrote may be behind (a file that lacks its last second, a replica that took
 * over), so that bucket is emptied; one that is not there is no fuller than this run has had time to fill it.
 * Moments are rounded up, so a grant is never worth more than its tokens.
 *
 * KEYS[1] bucket, KEYS[2] holders, by when they asked last
 * ARGV[1] tokens a second  ARGV[2] burst  ARGV[3] want  ARGV[4] least  ARGV[5] back  ARGV[6] instance
 * ARGV[7] '1': the asker was alone  ARGV[8] ms a holder counts
 */
const leaseScript = `
local info = redis.call('INFO', 'server')
local run = string.match(info, 'run_id:(%x+)')
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local perToken = 1000000 / ARGV[1]
local span = ARGV[2] * perToken
local kept = redis.call('GET', KEYS[1])
local full
if kept then
  local at, by = string.match(kept, '^(%d+) (%x+)$')
  full = by == run and tonumber(at) or now + span
else
  full = now - string.match(info, 'uptime_in_seconds:(%d+)') * 1000000 + span
end
if ARGV[7] == '1' then full = now + span end
full = math.max(math.min(full - ARGV[5] * perToken, now + span + 1), now)
local granted = math.min(tonumber(ARGV[3]), math.max(0, math.floor((now + span - full) / perToken + 0.000001)))
if granted < tonumber(ARGV[4]) then granted = 0 end
full = math.ceil(full + granted * perToken)
redis.call('SET', KEYS[1], string.format('%.0f %s', full, run), 'PX', math.ceil((full - now) / 1000) + 1)
local at = math.floor(now / 1000)
redis.call('ZADD', KEYS[2], at, ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', at - ARGV[8])
redis.call('PEXPIRE', KEYS[2], ARGV[8])
local wait = math.max(0, math.ceil((full + ARGV[4] * perToken - now - span) / 1000))
return { granted, wait, redis.call('ZCARD', KEYS[2]) }`

/** Buckets in a Redis of any form: both keys of a bucket have the same hash tag, so a cluster spreads buckets, not halves. */
export class RedisBudget implements Budget {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  async lease({ key, rate, burst, want, least, back, instance, alone }: LeaseAsk): Promise<Lease> {
    const keys = [`${this.prefix}limit:{${key}}`, `${this.prefix}limit:{${key}}:holders`]
    const args = [rate, burst, want, least, back, instance, alone ? 1 : 0, holderMs]
    const answer = (await this.redis.eval(leaseScript, keys.length, ...keys, ...args)) as [number, number, number]
    const [granted, waitMs, holders] = answer
    return { granted, waitMs, holders }
  }
}
