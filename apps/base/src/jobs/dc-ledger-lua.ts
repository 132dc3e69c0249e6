/**
 * What every script begins with. All keys have one hash tag, the data centre, so they live on one node of a cluster. Slots are
 * named JOB|TIME|SHARD, with zeros before time and shard, so that names of a job in order are its slots in order.
 *
 * KEYS[1] about the ledger: run (id of the server that wrote it), life, fresh (when this life began, ms), restored, ready;
 *         lease: holder, token, taken, until; rev (of the newest change); mirror, mirrorUntil (who mirrors, till when); lost
 * KEYS[2] slots by name, as JSON: whatever any of the others names
 * KEYS[3] due or late, by when they may run   KEYS[4] leased or running, likewise
 * KEYS[5] ended, by when: the recent ones     KEYS[6] ended, by when: older, but the newest of their job
 * KEYS[7] those of 3 to 6 that were not moved away, in order of their names
 * KEYS[8] changed since they were last mirrored, by the revision of the change: microseconds, always counting up
 * KEYS[9] jobs, by until when they have been planned
 *
 * A server with another run id than the one that wrote has been restarted, or is a replica that took over: what it holds may be
 * nothing, or an older state of itself. It is a new life, which is not ready before it has been told what is known elsewhere.
 */
export const begin = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ended = { ok = true, failed = true, skipped = true }
local index = { due = KEYS[3], late = KEYS[3], leased = KEYS[4], running = KEYS[4] }
local function get(field) return redis.call('HGET', KEYS[1], field) end
local function whole(number) return string.format('%.0f', number) end
local function fenced(token)
  return get('token') == token and get('holder') and tonumber(get('until')) > now
end
local function read(name)
  local raw = redis.call('HGET', KEYS[2], name)
  return raw and cjson.decode(raw)
end
local function indexed(name)
  for i = 3, 6 do
    if redis.call('ZSCORE', KEYS[i], name) then return true end
  end
  return false
end
`

/** The newest ended slots that are all kept, for how long, and how many older ones because they are the newest of their job. */
const [recentMax, recentMs, keptMax] = [1_000, 3_600_000, 2_000]
/** Changes that wait for their mirror. At a thousand bytes each it is 20 MB, and eleven hours of a slot every two seconds. */
const dirtyMax = 20_000
const plannedJobsMax = 5_000

/** Of scripts that change slots: writes one, with all that goes by it, and drops what is over. */
export const write = `
local function drop(name)
  redis.call('ZREM', KEYS[7], name)
  if not redis.call('ZSCORE', KEYS[8], name) then redis.call('HDEL', KEYS[2], name) end
end
local function mark(name)
  local rev = math.max(tonumber(get('rev') or 0) + 1, time[1] * 1000000 + time[2])
  redis.call('HSET', KEYS[1], 'rev', whole(rev))
  redis.call('ZADD', KEYS[8], whole(rev), name)
  if redis.call('ZCARD', KEYS[8]) > ${dirtyMax} then
    local oldest = redis.call('ZPOPMIN', KEYS[8])[1]
    redis.call('HINCRBY', KEYS[1], 'lost', 1)
    if not indexed(oldest) then redis.call('HDEL', KEYS[2], oldest) end
  end
end
local function put(name, slot)
  local into = index[slot.state] or KEYS[5]
  for i = 3, 6 do
    if KEYS[i] ~= into then redis.call('ZREM', KEYS[i], name) end
  end
  local at = ended[slot.state] and (tonumber(slot.endedAtMs) or now) or slot.runAtMs
  redis.call('ZADD', into, whole(at), name)
  if slot.state == 'skipped' and slot.reason == 'moved' then
    redis.call('ZREM', KEYS[7], name)
  else
    redis.call('ZADD', KEYS[7], 0, name)
  end
  local raw = cjson.encode(slot)
  redis.call('HSET', KEYS[2], name, raw)
  mark(name)
  return raw
end
-- A slot that is no longer recent stays while it is the newest of its job that has been due; the one before it goes then.
local function retire(name)
  redis.call('ZREM', KEYS[5], name)
  if not redis.call('ZSCORE', KEYS[7], name) then return drop(name) end
  local job = string.match(name, '^[^|]*|')
  for _, before in ipairs(redis.call('ZREVRANGEBYLEX', KEYS[7], '(' .. name, '[' .. job, 'LIMIT', 0, 2)) do
    if redis.call('ZREM', KEYS[6], before) == 1 then drop(before) end
  end
  local after = redis.call('ZRANGEBYLEX', KEYS[7], '(' .. name, '[' .. job .. '~', 'LIMIT', 0, 1)[1]
  if after and tonumber(string.match(after, '|(%d+)|')) <= now then return drop(name) end
  redis.call('ZADD', KEYS[6], whole(now), name)
  if redis.call('ZCARD', KEYS[6]) > ${keptMax} then drop(redis.call('ZPOPMIN', KEYS[6])[1]) end
end
local function trim(added)
  local limit = 2 * added + 10
  local over = math.min(limit, redis.call('ZCARD', KEYS[5]) - ${recentMax})
  if over > 0 then
    for _, name in ipairs(redis.call('ZRANGE', KEYS[5], 0, over - 1)) do retire(name) end
  end
  local old = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', '(' .. whole(now - ${recentMs}), 'LIMIT', 0, limit)
  for _, name in ipairs(old) do retire(name) end
end
`

/** Before it has been told what is known elsewhere, it answers nothing. */
export const ready = `
if get('run') ~= run or get('ready') ~= '1' then return redis.error_reply('RESTORING not told yet what is known elsewhere') end
`
/** ARGV[1] token; empty: an operator's order, which needs none */
export const ofLeader = `
if ARGV[1] ~= '' and not fenced(ARGV[1]) then return redis.error_reply('LEASELOST the token is not that of the holder') end
`

/** Planning never goes back. */
export const notePlanned = `
local function notePlanned(job, untilMs)
  redis.call('ZADD', KEYS[9], 'GT', untilMs, job)
  if redis.call('ZCARD', KEYS[9]) > ${plannedJobsMax} then redis.call('ZPOPMIN', KEYS[9]) end
end
`
