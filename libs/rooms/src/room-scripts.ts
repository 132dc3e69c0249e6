import { activeRoomsMax, blocksMax, heldMax, idleMs, marksMax, reportMs, reportsMax, ringBytesMax } from './rules.js'
import { script } from './script.js'
import { base, put, seen } from './script-parts.js'

/**
 * KEYS[1..10] and ARGV[1] of these scripts are those of `base`.
 *
 * ARGV[2] data centre  ARGV[3] number of the lane's key  ARGV[4] hash of client and number  ARGV[5] the message after its place, as JSON
 * ARGV[6] channel  ARGV[7] room
 * Returns epoch, place or id, whether it had been taken before, whether the epoch has just begun.
 */
export const accept = script(`${base}${put}${seen}
local before = seen(ARGV[4])
if before then return { epoch, before, 1, begun } end
local place = put(tonumber(ARGV[3]), nil, ARGV[5])
remember(ARGV[4], place)
tell(ARGV[6], ARGV[7])
return { epoch, place, 0, begun }`)

/**
 * ARGV[2] data centre  ARGV[3] channel  ARGV[4] room  ARGV[5] the other data centre, then for each message: epoch, number, epoch and number
 * its reader had had before (nothing for none, `*` for unknown), number of the lane's key, hash of client and number, the message after
 * its place
 * Returns how many were new, and whether the epoch has just begun.
 */
export const takeOver = script(`${base}${put}${seen}
local from = ARGV[5]
local atEpoch, atSeq = string.match(redis.call('HGET', KEYS[8], from) or '', '^(%x+)%.(%d+)$')
atSeq = tonumber(atSeq or '0')
local function isBehind(epoch, seq) return epoch == atEpoch and seq <= atSeq end
local function misses(epoch, after, seq) return epoch == atEpoch and after == epoch and seq > atSeq end
local function outlived(epoch, after) return epoch ~= atEpoch and after ~= (atEpoch or '') end
local fresh, passed = 0, 0
for i = 6, #ARGV, 7 do
  local epoch, seq, after = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  if not isBehind(epoch, seq) then
    if after ~= '*' and (misses(epoch, after, tonumber(ARGV[i + 3])) or outlived(epoch, after)) then break end
    atEpoch, atSeq, passed = epoch, seq, passed + 1
    if not seen(ARGV[i + 5]) then
      local id = from .. '.' .. epoch .. '.' .. ARGV[i + 1]
      put(tonumber(ARGV[i + 4]), id, ARGV[i + 6])
      remember(ARGV[i + 5], id)
      fresh = fresh + 1
    end
  end
end
if passed > 0 then
  redis.call('HSET', KEYS[8], from, atEpoch .. '.' .. text(atSeq))
  redis.call('PEXPIRE', KEYS[8], ${idleMs})
  local cursor = {}
  local taken = redis.call('HGETALL', KEYS[8])
  for i = 1, #taken, 2 do cursor[#cursor + 1] = taken[i] .. '.' .. taken[i + 1] end
  local place = redis.call('HGET', KEYS[1], 'place') or '0'
  redis.call('ZREMRANGEBYSCORE', KEYS[9], place, place)
  redis.call('ZADD', KEYS[9], place, place .. ' ' .. table.concat(cursor, '~'))
  redis.call('ZREMRANGEBYRANK', KEYS[9], 0, -${marksMax + 1})
  redis.call('PEXPIRE', KEYS[9], ${idleMs})
end
if fresh > 0 then tell(ARGV[3], ARGV[4]) end
return { fresh, begun }`)

/**
 * KEYS[1..10] as above   ARGV[1] place  ARGV[2] limit
 * Returns epoch, newest place, messages by lane, marks from the last one at or before the place, chat and notices that are lost.
 */
export const after = script(`
local epoch, place, block = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'place', 'blockPlace'))
if not epoch then return nil end
local lanes = {}
for lane = 2, 5 do
  lanes[lane - 1] = redis.call('ZRANGEBYSCORE', KEYS[lane], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])
end
local marks = redis.call('ZREVRANGEBYSCORE', KEYS[9], ARGV[1], '-inf', 'LIMIT', 0, 1)
for _, mark in ipairs(redis.call('ZRANGEBYSCORE', KEYS[9], '(' .. ARGV[1], '+inf')) do marks[#marks + 1] = mark end
local function lost(lane)
  if tonumber(block or '0') ~= tonumber(ARGV[1]) then return 0 end
  local gone, passed = unpack(redis.call('HMGET', KEYS[1], 'gone:' .. lane, 'passed:' .. lane))
  return math.max(0, (gone or 0) + redis.call('ZCOUNT', KEYS[lane], '-inf', ARGV[1]) - (passed or 0))
end
return { epoch, place or '0', lanes, marks, lost(2), lost(4) }`)

/**
 * KEYS[1..5] as above   ARGV[1] how the own messages begin  ARGV[2] epoch and ARGV[3] place to read after  ARGV[4] limit
 * Returns epoch, newest place, own messages by lane: all after the place, or the first ones up to the limit.
 */
export const own = script(`
local epoch, place = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'place'))
if not epoch then return nil end
local limit = tonumber(ARGV[4])
local lanes = {}
for lane = 2, 5 do
  local own = {}
  local after = ARGV[2] == epoch and ARGV[3] or '0'
  repeat
    local some = redis.call('ZRANGEBYSCORE', KEYS[lane], '(' .. after, '+inf', 'WITHSCORES', 'LIMIT', 0, 500)
    for i = 1, #some, 2 do
      if #own < limit and string.sub(some[i], 1, #ARGV[1]) == ARGV[1] then own[#own + 1] = some[i] end
      after = some[i + 1]
    end
  until #some < 1000 or #own >= limit
  lanes[lane - 1] = own
end
return { epoch, place or '0', lanes }`)

/** KEYS[1] room, KEYS[2] lane   ARGV[1] member  ARGV[2] its place  ARGV[3] number of the lane's key. Returns whether it was there. */
export const remove = script(`
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
local block = tonumber(redis.call('HGET', KEYS[1], 'blockPlace') or '0')
if tonumber(ARGV[2]) <= block then redis.call('HINCRBY', KEYS[1], 'gone:' .. ARGV[3], 1) end
return 1`)

/**
 * KEYS[11] lease: TOKEN HOLDER   ARGV[2] holder  ARGV[3] ms. Returns token, epoch, number and place of the newest block, newest place.
 * Tokens are times, so that neither a store that was emptied nor one that is older than it was gives one out twice.
 */
export const lease = script(`${base}
local held = redis.call('GET', KEYS[11])
local token, holder = string.match(held or '', '^(%d+) (.*)$')
if held and holder ~= ARGV[2] then return nil end
if not held then
  token = text(math.max(nowMs, tonumber(redis.call('HGET', KEYS[1], 'token') or '0') + 1))
  redis.call('HSET', KEYS[1], 'token', token)
end
redis.call('SET', KEYS[11], token .. ' ' .. ARGV[2], 'PX', ARGV[3])
local number, place, head = unpack(redis.call('HMGET', KEYS[1], 'number', 'blockPlace', 'place'))
return { token, epoch, number or '0', place or '0', head or '0', begun }`)

/** KEYS[1] lease   ARGV[1] token */
export const release = script(`
local token = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) ')
if token == ARGV[1] then redis.call('DEL', KEYS[1]) end`)

/**
 * KEYS[11] lease   ARGV[2] token  ARGV[3] epoch  ARGV[4] number  ARGV[5] place  ARGV[6] the block  ARGV[7] channel
 * Returns whether it was kept. The run id is looked at each time: a block that a server has forgotten may have been heard.
 */
export const putBlock = script(`
local epochNow, numberNow = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'number'))
local token = string.match(redis.call('GET', KEYS[11]) or '', '^(%d+) ')
if token ~= ARGV[2] or epochNow ~= ARGV[3] then return 0 end
${base}
look()
if epoch ~= ARGV[3] or tonumber(redis.call('HGET', KEYS[1], 'number') or '0') + 1 ~= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'number', ARGV[4], 'blockPlace', ARGV[5])
for lane = 2, 4, 2 do
  local gone = redis.call('HGET', KEYS[1], 'gone:' .. lane) or 0
  redis.call('HSET', KEYS[1], 'passed:' .. lane, gone + redis.call('ZCOUNT', KEYS[lane], '-inf', ARGV[5]))
end
redis.call('ZADD', KEYS[10], ARGV[4], ARGV[6])
local count = redis.call('ZCARD', KEYS[10])
local bytes = #ARGV[6]
if count > 1 then bytes = bytes + (redis.call('HGET', KEYS[1], 'ringBytes') or 0) end
while count > ${blocksMax} or (count > 1 and bytes > ${ringBytesMax}) do
  bytes = bytes - #redis.call('ZPOPMIN', KEYS[10])[1]
  count = count - 1
end
redis.call('HSET', KEYS[1], 'ringBytes', bytes)
redis.call('PEXPIRE', KEYS[10], ${idleMs})
redis.call('PUBLISH', ARGV[7], ARGV[6])
return 1`)

/** KEYS as above   ARGV[1] hash of client and number  ARGV[2] the same as of one that is held. Returns epoch, place or id, id it was held under. */
export const known = script(`${seen}
return { redis.call('HGET', KEYS[1], 'epoch'), seen(ARGV[1]), seen(ARGV[2]) }`)

/** Returns epoch and place. */
export const nextId = script(`${base}
return { epoch, text(redis.call('HINCRBY', KEYS[1], 'place', 1)), begun }`)

/** KEYS[11] held messages by id   ARGV[2] hash of client and number  ARGV[3] id  ARGV[4] the message. Returns whether it waits or has waited. */
export const hold = script(`${base}${seen}
if seen(ARGV[2]) then return 1 end
if redis.call('HLEN', KEYS[11]) >= ${heldMax} then return 0 end
redis.call('HSET', KEYS[11], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[11], ${idleMs})
remember(ARGV[2], ARGV[3])
return 1`)

/** KEYS[1] held messages   ARGV[1] id */
export const takeHeld = script(`
local held = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
return held`)

/** KEYS[1] reports by process: UNTIL_MS REPORT   ARGV[1] process  ARGV[2] its report, or nothing to read them all. */
export const reports = script(`
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local reports = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  local untilMs, report = string.match(flat[i + 1], '^(%d+) (.*)$')
  if tonumber(untilMs) <= nowMs then redis.call('HDEL', KEYS[1], flat[i]) else reports[#reports + 1] = report end
end
if not ARGV[2] then return reports end
if #reports >= ${reportsMax} and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return reports end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', nowMs + ${reportMs}) .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ${reportMs})`)

/** KEYS[1] rooms by time   ARGV[1] time below which they are dropped  ARGV[2..] time and room, in turns */
export const touch = script(`
for i = 2, #ARGV, 2 do redis.call('ZADD', KEYS[1], 'GT', ARGV[i], ARGV[i + 1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -${activeRoomsMax + 1})
redis.call('PEXPIRE', KEYS[1], ${idleMs})`)
