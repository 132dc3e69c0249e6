/**
 * Raises the fence of each tag to the position, keeps the change in the ring and announces it: one step, so that whoever
 * hears of it finds the fences raised and the ring filled. The position is the entry's id in the ring; a change that is
 * sent again, or out of order, is not kept twice (XADD refuses an id that is not ahead).
 *
 * KEYS[1] ring, KEYS[2..n] fences   ARGV[1] position  ARGV[2] fence lifetime in s  ARGV[3] channel  ARGV[4] payload
 * ARGV[5] entries the ring holds
 */
export const announceScript = `
for i = 2, #KEYS do
  if tonumber(redis.call('GET', KEYS[i]) or '0') < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[i], ARGV[1], 'EX', ARGV[2])
  end
end
redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], ARGV[1] .. '-0', 'c', ARGV[4])
return redis.call('PUBLISH', ARGV[3], ARGV[4])`

/** KEYS[1..n] fences of one lane   ARGV[1] their lifetime in s, ARGV[i+1] the position of the i-th */
export const raiseScript = `
for i = 1, #KEYS do
  if tonumber(redis.call('GET', KEYS[i]) or '0') < tonumber(ARGV[i + 1]) then
    redis.call('SET', KEYS[i], ARGV[i + 1], 'EX', ARGV[1])
  end
end`

/**
 * Notes in one lane that everything up to the position has been announced, and tells of it when there is something to
 * tell. A Redis with another run id than last time has been restarted or replaced, and whatever it did not keep is gone
 * without a trace: the floor is raised, so that nothing older is believed.
 *
 * The position is kept in the same step as the floor: a relay that finds none starts at the present, and what it leaves out
 * is below the floor its first heartbeat sets.
 *
 * KEYS[1] floor, KEYS[2] run id, KEYS[3] announced   ARGV[1] position  ARGV[2] channel  ARGV[3] payload, or nothing
 */
export const markScript = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if redis.call('GET', KEYS[2]) ~= run or redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('SET', KEYS[2], run)
end
if tonumber(redis.call('GET', KEYS[3]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[3], ARGV[1]) end
if ARGV[3] ~= '' then return redis.call('PUBLISH', ARGV[2], ARGV[3]) end`

/** KEYS[1] ring, which says over which node it goes: the one changes go over   ARGV[1] channel  ARGV[2] payload */
export const sendScript = `return redis.call('PUBLISH', ARGV[1], ARGV[2])`

/** KEYS[1] floor   ARGV[1] position below which nothing is to be believed. Never lowers it; sets none where there is none. */
export const forgetScript = `
local floor = redis.call('GET', KEYS[1])
if floor and tonumber(floor) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end`
