import { begin, notePlanned, ofLeader, ready, write } from './dc-ledger-lua.js'

/** Slots that have not ended; more are refused. */
const openMax = 20_000
/** Of one slot: more than the retries a policy can ask for, and those after lost holders. */
const attemptsMax = 40

/**
 * A new life starts with no holder, and with a token above any that an earlier one can have given: they begin with the
 * milliseconds of the clock, and a lease is taken over less often than that.
 *
 * ARGV[1] holder  ARGV[2] lease in ms  ARGV[3] no token is lower than it  ARGV[4] name of a new life
 * ARGV[5] ms a new life waits for what processes remember  ARGV[6] ms after which it waits for nothing
 * Returns life, restored, ready, now, holder, token, taken.
 */
export const leadScript = `${begin}
if get('run') ~= run then
  redis.call('HDEL', KEYS[1], 'holder', 'taken', 'until', 'restored', 'ready', 'mirror', 'mirrorUntil')
  local token = math.max(tonumber(get('token') or 0), now)
  redis.call('HSET', KEYS[1], 'run', run, 'life', ARGV[4], 'fresh', now, 'token', whole(token))
end
local function said(isReady)
  local restored = get('restored') and 1 or 0
  local taken = tonumber(get('taken') or 0)
  return { get('life'), restored, isReady, now, get('holder') or '', tonumber(get('token')), taken }
end
if not get('ready') then
  local age = now - tonumber(get('fresh'))
  local told = get('restored') and age >= tonumber(ARGV[5])
  if not told and age < tonumber(ARGV[6]) then return said(0) end
  redis.call('HSET', KEYS[1], 'ready', 1)
end
local free = not get('holder') or tonumber(get('until')) <= now
if free then
  local token = math.max(tonumber(get('token')), tonumber(ARGV[3])) + 1
  redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'token', whole(token), 'taken', now)
end
if get('holder') == ARGV[1] then redis.call('HSET', KEYS[1], 'until', now + ARGV[2]) end
return said(1)`

/** ARGV[1] holder */
export const resignScript = `${begin}
if get('holder') == ARGV[1] then redis.call('HDEL', KEYS[1], 'holder', 'taken', 'until') end`

/** ARGV[1..n] jobs. Returns for each until when it has been planned, or nil. */
export const plannedUntilScript = `${begin}${ready}
return redis.call('ZMSCORE', KEYS[9], unpack(ARGV))`

/** ARGV[1] token  ARGV[2] how many slots  then name and slot of each, then job and until when of each job */
export const planScript = `${begin}${write}${notePlanned}${ready}${ofLeader}
local slots = tonumber(ARGV[2])
local open = redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4])
if open + slots > ${openMax} then return redis.error_reply('FULL too many slots have not ended') end
for i = 3, 1 + 2 * slots, 2 do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 0 then put(ARGV[i], cjson.decode(ARGV[i + 1])) end
end
for i = 3 + 2 * slots, #ARGV, 2 do notePlanned(ARGV[i], ARGV[i + 1]) end
trim(slots)`

/** ARGV[1] until when  ARGV[2] limit, of those that were handed out and of the others each */
export const openScript = `${begin}${ready}
local last = tonumber(ARGV[2]) - 1
local slots = {}
local function add(names)
  for _, name in ipairs(names) do slots[#slots + 1] = redis.call('HGET', KEYS[2], name) end
end
if last >= 0 then
  add(redis.call('ZRANGE', KEYS[4], 0, last))
  add(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, last + 1))
end
return slots`

/** ARGV[1] name. Returns the slot, or nil. */
export const readScript = `${begin}${ready}
return redis.call('HGET', KEYS[2], ARGV[1])`

/** ARGV[1] name of the newest that it can be  ARGV[2] what names of the job begin with */
export const newestScript = `${begin}${ready}
local name = redis.call('ZREVRANGEBYLEX', KEYS[7], '[' .. ARGV[1], '[' .. ARGV[2], 'LIMIT', 0, 1)[1]
return name and redis.call('HGET', KEYS[2], name)`

/** ARGV[1] token  then name, state, attempt and what is set of each. Returns 1 for each that was done, 0 for the others. */
export const applyScript = `${begin}${write}${ready}${ofLeader}
local done = {}
for i = 2, #ARGV, 4 do
  local slot = read(ARGV[i])
  local fits = slot and slot.state == ARGV[i + 1] and slot.attempt == tonumber(ARGV[i + 2])
  if fits then
    for field, value in pairs(cjson.decode(ARGV[i + 3])) do slot[field] = value end
    put(ARGV[i], slot)
  end
  done[#done + 1] = fits and 1 or 0
end
trim(#done)
return done`

/** ARGV[1] name  ARGV[2] attempt  ARGV[3] holder  ARGV[4] lease in ms. Returns the slot, or nil. */
export const beginScript = `${begin}${write}${ready}
local slot = read(ARGV[1])
if not slot or slot.state ~= 'leased' or slot.attempt ~= tonumber(ARGV[2]) then return end
slot.state = 'running'
slot.holder = ARGV[3]
slot.leaseUntilMs = now + ARGV[4]
if slot.startedAtMs == cjson.null then slot.startedAtMs = now end
local open = { n = slot.attempt, holder = ARGV[3], atMs = now, endedAtMs = cjson.null, outcome = cjson.null, error = cjson.null }
slot.attempts[#slot.attempts + 1] = open
if #slot.attempts > ${attemptsMax} then table.remove(slot.attempts, 1) end
return put(ARGV[1], slot)`

/** ARGV[1] lease in ms  then name, attempt and progress (or nothing) of each. Returns for each what is to become of it. */
export const beatScript = `${begin}${write}${ready}
local answers = {}
for i = 2, #ARGV, 3 do
  local slot = read(ARGV[i])
  if slot and slot.state == 'running' and slot.attempt == tonumber(ARGV[i + 1]) then
    slot.leaseUntilMs = now + ARGV[1]
    if ARGV[i + 2] ~= '' then slot.progress = ARGV[i + 2] end
    put(ARGV[i], slot)
    answers[#answers + 1] = slot.cancel and 'cancel' or 'go-on'
  else
    answers[#answers + 1] = 'lost'
  end
end
return answers`

/** ARGV[1] name  ARGV[2] attempt  ARGV[3] what is set  ARGV[4] outcome  ARGV[5] error, as JSON. Returns the slot, or nil. */
export const finishScript = `${begin}${write}${ready}
local slot = read(ARGV[1])
if not slot or slot.state ~= 'running' or slot.attempt ~= tonumber(ARGV[2]) then return end
for field, value in pairs(cjson.decode(ARGV[3])) do slot[field] = value end
slot.endedAtMs = ended[slot.state] and now or cjson.null
slot.holder = cjson.null
slot.leaseUntilMs = cjson.null
slot.cancel = false
for _, attempt in ipairs(slot.attempts) do
  if attempt.n == slot.attempt then
    attempt.endedAtMs = now
    attempt.outcome = ARGV[4]
    attempt.error = cjson.decode(ARGV[5])[1]
  end
end
local raw = put(ARGV[1], slot)
trim(1)
return raw`

/**
 * Puts back what is known elsewhere, where it is further than what is there. Whatever was handed out goes on being so for a
 * moment, in which who runs it is heard of.
 *
 * ARGV[1] life it is for  ARGV[2] that moment, ms  ARGV[3] '1': it is the last that the mirror knew  ARGV[4] how many slots
 * then name and slot of each, then job and until when of each job. Returns how many were put back.
 */
export const restoreScript = `${begin}${write}${notePlanned}
if get('run') ~= run or get('life') ~= ARGV[1] then return 0 end
local back = 0
local slots = tonumber(ARGV[4])
for i = 5, 3 + 2 * slots, 2 do
  local known = cjson.decode(ARGV[i + 1])
  local there = read(ARGV[i])
  local same = there and there.attempt == known.attempt
  if not there or known.attempt > there.attempt or (same and ended[known.state] and not ended[there.state]) then
    if index[known.state] == KEYS[4] then
      known.leaseUntilMs = math.max(tonumber(known.leaseUntilMs) or 0, now + ARGV[2])
    end
    put(ARGV[i], known)
    back = back + 1
  end
end
for i = 5 + 2 * slots, #ARGV, 2 do notePlanned(ARGV[i], ARGV[i + 1]) end
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'restored', 1) end
trim(back)
return back`

/**
 * What has changed, the longest ago first, for one process at a time.
 *
 * ARGV[1] process  ARGV[2] ms for which no other one gets any  ARGV[3] limit
 * Returns how many there are, age of the first in ms, how many were given up since the last time, and revision
 * and slot of each; nothing while another process has them.
 */
export const changedScript = `${begin}
local by = get('mirror')
if by and by ~= ARGV[1] and tonumber(get('mirrorUntil')) > now then return end
redis.call('HSET', KEYS[1], 'mirror', ARGV[1], 'mirrorUntil', now + ARGV[2])
local lost = tonumber(get('lost') or 0)
redis.call('HDEL', KEYS[1], 'lost')
local changed = redis.call('ZRANGE', KEYS[8], 0, ARGV[3] - 1, 'WITHSCORES')
local age = #changed > 0 and math.max(0, now - math.floor(tonumber(changed[2]) / 1000)) or 0
local found = {}
for i = 1, #changed, 2 do
  local raw = redis.call('HGET', KEYS[2], changed[i])
  if raw then found[#found + 1] = { changed[i + 1], raw } else redis.call('ZREM', KEYS[8], changed[i]) end
end
return { redis.call('ZCARD', KEYS[8]), age, lost, found }`

/** What has been mirrored, unless it changed meanwhile. ARGV[1..n] name and revision of each */
export const mirroredScript = `${begin}
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[8], ARGV[i]) == ARGV[i + 1] then
    redis.call('ZREM', KEYS[8], ARGV[i])
    if not indexed(ARGV[i]) then redis.call('HDEL', KEYS[2], ARGV[i]) end
  end
end`
