import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

/** Nobody reads a log for so long unless it has been given up; what is in it still is in the files it was made from. */
const idleMs = 7 * 86_400_000

/**
 * What every script begins with. ARGV[1] is an epoch nobody has had.
 *
 * KEYS[1] the part: epoch, run (id of the server that began it), first, next, bytes (ever appended), gone (of those, released)
 * KEYS[2] the runs, a stream: entry OFFSET+1-0 (0-0 is no id) has s source, f from, t to, c lines, l the lines
 * KEYS[3] how large they are, a stream of the same ids: b the bytes of this run, u all bytes up to its end. Whoever waits for a run waits
 *         here, so that nothing large is said twice.
 *
 * A server with another run id was restarted, or is a replica that took over: its newest runs may be missing, and offsets it would give
 * out may have been given out before. That begins an epoch, with all runs that are still there.
 */
const base = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local epoch, lastRun, first, next, bytes, gone =
  unpack(redis.call('HMGET', KEYS[1], 'epoch', 'run', 'first', 'next', 'bytes', 'gone'))
first, next, bytes, gone = tonumber(first or 0), tonumber(next or 0), tonumber(bytes or 0), tonumber(gone or 0)
if run ~= lastRun then
  epoch = ARGV[1]
  if not lastRun then redis.call('UNLINK', KEYS[2], KEYS[3]) end
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', run)
  redis.call('PEXPIRE', KEYS[1], ${idleMs})
end
local function text(number) return string.format('%.0f', number) end
local function id(offset) return text(offset + 1) .. '-0' end
local function keep(...)
  redis.call('HSET', KEYS[1], ...)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ${idleMs}) end
end
`

export interface Script {
  lua: string
  sha: string
}

const script = (lua: string): Script => ({
  lua: base + lua,
  sha: createHash('sha1')
    .update(base + lua)
    .digest('hex'),
})

/** ARGV[2] bytes a part may hold  ARGV[3] bytes of this run  ARGV[4..8] source, from, to, lines, the lines. Returns its offset, or bytes held. */
export const append = script(`
local size, held = tonumber(ARGV[3]), bytes - gone
if held > 0 and held + size > tonumber(ARGV[2]) then return { -1, held } end
redis.call('XADD', KEYS[2], id(next), 's', ARGV[4], 'f', ARGV[5], 't', ARGV[6], 'c', ARGV[7], 'l', ARGV[8])
redis.call('XADD', KEYS[3], id(next), 'b', text(size), 'u', text(bytes + size))
keep('next', text(next + 1), 'bytes', text(bytes + size))
return { next, held + size }`)

/**
 * ARGV[2] the reader's epoch, or nothing  ARGV[3] from  ARGV[4] bytes at most, unless it is one run
 * Returns whether it may be read from there, epoch, first, next and the runs.
 */
export const read = script(`
local from, room = tonumber(ARGV[3]), tonumber(ARGV[4])
if (ARGV[2] ~= '' and ARGV[2] ~= epoch) or from < first or from > next then return { 0, epoch, first, next, {} } end
local count = 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[3], id(from), '+', 'COUNT', 1000)) do
  room = room - tonumber(entry[2][2])
  if room < 0 and count > 0 then break end
  count = count + 1
end
if count == 0 then return { 1, epoch, first, next, {} } end
return { 1, epoch, first, next, redis.call('XRANGE', KEYS[2], id(from), '+', 'COUNT', count) }`)

/** Returns epoch, first, next. */
export const bounds = script('return { epoch, first, next }')

/** ARGV[2] the reader's epoch, or nothing  ARGV[3] the offset before which everything may go */
export const release = script(`
local before = math.min(tonumber(ARGV[3]), next)
if (ARGV[2] ~= '' and ARGV[2] ~= epoch) or before <= first then return 0 end
local last = redis.call('XRANGE', KEYS[3], id(before - 1), id(before - 1))[1]
redis.call('XTRIM', KEYS[2], 'MINID', id(before))
redis.call('XTRIM', KEYS[3], 'MINID', id(before))
keep('first', text(before), 'gone', last[2][4])
return 1`)

/** A server that has not seen a script yet is told once. Answers are bytes: what is in a log need not be text. */
export async function runScript<T>(
  redis: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<T> {
  try {
    return (await redis.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args)) as T
  } catch (error) {
    if (!String(error).includes('NOSCRIPT')) throw error
    return (await redis.callBuffer('EVAL', lua, keys.length, ...keys, ...args)) as T
  }
}
