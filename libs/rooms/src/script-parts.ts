import { idleMs, laneMax, seenMax, seenMs, tellEveryMs } from './rules.js'

/** What a room that has come back older than it was leaves out: places of five hours at 5,000 a second, blocks of a day at ten a second. */
const leap = { places: 100_000_000, blocks: 1_000_000 }
/** In a block the step from one message to the next has 32 bits, so a room may leap 42 times; then it begins anew. */
const fallsMax = 20

/**
 * What every script that changes a room begins with. ARGV[1] is an epoch nobody has had, for when one has to begin.
 *
 * KEYS[1] the room: epoch, run (id of the server that wrote it), checkedMs (when that was last looked at), toldMs (when it was last told
 *         that something was accepted), place (the newest), number and blockPlace (of the newest block), token (of the newest lease),
 *         falls, half and halfMs (into which of KEYS[6] and KEYS[7] is written, since when), ringBytes, gone:LANE (messages that are no
 *         longer in a lane, but for those taken out before they were in a block), passed:LANE (those that had come through it up to blockPlace)
 * KEYS[2..5] lanes chat, gift, notify, pk: score place, member the message
 * KEYS[6..7] what has been seen: client and number as a hash -> place, or the id when it is another data centre's
 * KEYS[8] taken over: data centre -> EPOCH.SEQ
 * KEYS[9] marks: score place, member PLACE and a cursor of KEYS[8] there
 * KEYS[10] the newest blocks: score number
 *
 * A server with another run id than the one that wrote was restarted, or is a replica that took over: what it has may be an older state
 * of itself, and numbers it would give out now may have been given out before. They go on far above those. The run id is looked at once
 * in ${tellEveryMs} ms, because it costs as much as all the rest: no server is gone and back within that time.
 */
export const base = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local epoch, checkedMs, lastRun = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'checkedMs', 'run'))
local begun = 0
local function look()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  if not epoch or (run ~= lastRun and tonumber(redis.call('HGET', KEYS[1], 'falls') or '0') >= ${fallsMax}) then
    begun = 1
    epoch = ARGV[1]
    redis.call('UNLINK', unpack(KEYS, 1, 10))
    redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', run)
  elseif run ~= lastRun then
    redis.call('HINCRBY', KEYS[1], 'falls', 1)
    redis.call('HINCRBY', KEYS[1], 'place', ${leap.places})
    if redis.call('HEXISTS', KEYS[1], 'number') == 1 then redis.call('HINCRBY', KEYS[1], 'number', ${leap.blocks}) end
    redis.call('HSET', KEYS[1], 'run', run)
  end
  lastRun = run
  redis.call('HSET', KEYS[1], 'checkedMs', text(nowMs))
  redis.call('PEXPIRE', KEYS[1], ${idleMs + 3_600_000})
end
local lookedMs = nowMs - tonumber(checkedMs or '0')
if not epoch or lookedMs < 0 or lookedMs >= ${tellEveryMs} then look() end
`

/** For scripts that put messages into lanes. */
export const put = `
local most = { [2] = ${laneMax.chat}, [3] = ${laneMax.gift}, [4] = ${laneMax.notify}, [5] = ${laneMax.pk} }
local function put(lane, id, rest)
  local place = text(redis.call('HINCRBY', KEYS[1], 'place', 1))
  id = id or ARGV[2] .. '.' .. epoch .. '.' .. place
  redis.call('ZADD', KEYS[lane], place, '{"id":"' .. id .. '","place":' .. place .. ',' .. rest)
  local excess = redis.call('ZCARD', KEYS[lane]) - most[lane]
  if excess > 0 then
    redis.call('HINCRBY', KEYS[1], 'gone:' .. lane, redis.call('ZREMRANGEBYRANK', KEYS[lane], 0, excess - 1))
  end
  redis.call('PEXPIRE', KEYS[lane], ${idleMs})
  return place
end
local function tell(channel, room)
  local toldMs = nowMs - tonumber(redis.call('HGET', KEYS[1], 'toldMs') or '0')
  if toldMs >= 0 and toldMs < ${tellEveryMs} then return end
  redis.call('HSET', KEYS[1], 'toldMs', text(nowMs))
  redis.call('PUBLISH', channel, room)
end
`

/** Two halves take turns, so that what is old goes at once and without being looked for. */
export const seen = `
local function seen(key) return redis.call('HGET', KEYS[6], key) or redis.call('HGET', KEYS[7], key) end
local function remember(key, value)
  local half, halfMs = unpack(redis.call('HMGET', KEYS[1], 'half', 'halfMs'))
  half = tonumber(half or '7')
  if not halfMs or nowMs - tonumber(halfMs) >= ${seenMs} or redis.call('HLEN', KEYS[half]) >= ${seenMax} then
    half = 13 - half
    redis.call('UNLINK', KEYS[half])
    redis.call('HSET', KEYS[1], 'half', half, 'halfMs', text(nowMs))
  end
  redis.call('HSET', KEYS[half], key, value)
  redis.call('PEXPIRE', KEYS[half], ${2 * seenMs})
end
`
