/**
 * What every script begins with. All keys of a stock have one hash tag, so they live on one node of a cluster.
 *
 * KEYS[1] about the store: run (id of the server that wrote it), life, number (of the newest parcel)
 * KEYS[2] grants by id: t token, a amount, w allowance, i issued, p parcelled, e end in ms, c closed, l life, d when it is
 *         dropped in ms (0: not settled), u nobody ever brought it
 * KEYS[3] parcels by holder: n number, g grant, left, u until in ms
 * KEYS[4] issues by claimant: GRANT:SERIAL
 *
 * A server with another run id than the one that wrote has been restarted, or is a replica that took over: what it holds may
 * be an older state of itself. From then on its grants are not exact, and nothing is issued from them.
 */
const begin = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local life = redis.call('HGET', KEYS[1], 'run') == run and redis.call('HGET', KEYS[1], 'life') or ''
local function read(key, field)
  local raw = redis.call('HGET', key, field)
  return raw and cjson.decode(raw)
end
local function write(key, field, value) redis.call('HSET', key, field, cjson.encode(value)) end
local function usable(grant) return grant and grant.c == 0 and grant.l == life and grant.e > now end
local function drop(holder, parcel)
  local grant = read(KEYS[2], parcel.g)
  if grant then
    grant.p = grant.p - parcel.left
    write(KEYS[2], parcel.g, grant)
  end
  redis.call('HDEL', KEYS[3], holder)
end
local function all(key)
  local flat = redis.call('HGETALL', key)
  local list = {}
  for i = 1, #flat, 2 do list[#list + 1] = { flat[i], cjson.decode(flat[i + 1]) } end
  return list
end
local function reclaim()
  for _, each in ipairs(all(KEYS[3])) do
    if each[2].u <= now or not usable(read(KEYS[2], each[2].g)) then drop(each[1], each[2]) end
  end
end
`

/** ARGV[1] what makes a new life unlike any other */
export const lookScript = `${begin}
if life == '' then
  life = run .. ARGV[1]
  redis.call('HSET', KEYS[1], 'run', run, 'life', life)
end
reclaim()
local found = {}
for _, each in ipairs(all(KEYS[2])) do
  local grant = each[2]
  if grant.d > 0 and grant.d <= now then
    redis.call('HDEL', KEYS[2], each[1])
  elseif grant.u == 0 then
    local exact = grant.l == life and 1 or 0
    found[#found + 1] = { each[1], grant.t, grant.a, grant.w, grant.i, grant.p, grant.e, grant.c, grant.d > 0 and 1 or 0, exact }
  end
end
return { life, now, found }`

/** ARGV[1] life  ARGV[2] grant  ARGV[3] token  ARGV[4] amount  ARGV[5] end */
export const installScript = `${begin}
if life ~= ARGV[1] or redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return end
local more = { t = tonumber(ARGV[3]), a = tonumber(ARGV[4]), e = tonumber(ARGV[5]) }
write(KEYS[2], ARGV[2], { t = more.t, a = more.a, w = 0, i = 0, p = 0, e = more.e, c = 0, l = life, d = 0, u = 0 })`

/** ARGV[1] life  ARGV[2] grant  ARGV[3] allowance  ARGV[4] end */
export const allowScript = `${begin}
local grant = read(KEYS[2], ARGV[2])
if life ~= ARGV[1] or not grant or grant.c == 1 or grant.l ~= life then return end
grant.w = math.max(grant.w, tonumber(ARGV[3]))
grant.e = math.max(grant.e, tonumber(ARGV[4]))
write(KEYS[2], ARGV[2], grant)`

/** ARGV[1] grant  ARGV[2] ms for which an unknown one is remembered as closed */
export const closeScript = `${begin}
local grant = read(KEYS[2], ARGV[1])
if not grant then
  grant = { t = 0, a = 0, w = 0, i = 0, p = 0, e = 0, c = 1, l = life, d = now + ARGV[2], u = 1 }
end
grant.c = 1
write(KEYS[2], ARGV[1], grant)
reclaim()
return { 1 - grant.u, grant.i, grant.l == life and 1 or 0 }`

/** ARGV[1] grant  ARGV[2] ms for which it is remembered */
export const forgetScript = `${begin}
local grant = read(KEYS[2], ARGV[1])
if not grant or grant.d > 0 then return end
grant.d = now + ARGV[2]
write(KEYS[2], ARGV[1], grant)`

/** ARGV[1] holder  ARGV[2] want  ARGV[3] ms it is leased */
export const leaseScript = `${begin}
local want = tonumber(ARGV[2])
local function fill(parcel, grant)
  local room = math.min(grant.w - grant.i - grant.p, want - parcel.left)
  if room > 0 then
    parcel.left = parcel.left + room
    grant.p = grant.p + room
  end
  if parcel.left == 0 then return end
  parcel.u = math.min(now + ARGV[3], grant.e)
  write(KEYS[2], parcel.g, grant)
  write(KEYS[3], ARGV[1], parcel)
  return { parcel.n, parcel.left, parcel.u - now }
end
reclaim()
local parcel = read(KEYS[3], ARGV[1])
if parcel then
  local filled = fill(parcel, read(KEYS[2], parcel.g))
  if filled then return filled end
  drop(ARGV[1], parcel)
end
local grants = all(KEYS[2])
table.sort(grants, function(a, b) return a[2].t < b[2].t end)
for _, each in ipairs(grants) do
  if usable(each[2]) and each[2].w - each[2].i - each[2].p > 0 then
    return fill({ n = redis.call('HINCRBY', KEYS[1], 'number', 1), g = each[1], left = 0, u = 0 }, each[2])
  end
end
return { 0, 0, 0 }`

/** ARGV[1] holder  ARGV[2] number of the parcel  ARGV[3..n] claimants */
export const recordScript = `${begin}
local parcel = read(KEYS[3], ARGV[1])
if parcel and (parcel.n ~= tonumber(ARGV[2]) or parcel.u <= now) then parcel = nil end
local grant = parcel and read(KEYS[2], parcel.g)
if not usable(grant) then parcel = nil end
local answers = {}
local issued = 0
for i = 3, #ARGV do
  local known = redis.call('HGET', KEYS[4], ARGV[i])
  if known then
    answers[#answers + 1] = '=' .. known
  elseif parcel and parcel.left > 0 then
    parcel.left = parcel.left - 1
    grant.p = grant.p - 1
    grant.i = grant.i + 1
    issued = issued + 1
    local issue = parcel.g .. ':' .. string.format('%.0f', grant.i)
    redis.call('HSET', KEYS[4], ARGV[i], issue)
    answers[#answers + 1] = '+' .. issue
  else
    answers[#answers + 1] = '-'
  end
end
if issued > 0 then
  write(KEYS[2], parcel.g, grant)
  write(KEYS[3], ARGV[1], parcel)
end
return { parcel and parcel.left or -1, answers }`

/** ARGV[1] holder  ARGV[2] number of the parcel */
export const giveBackScript = `${begin}
local parcel = read(KEYS[3], ARGV[1])
if parcel and parcel.n == tonumber(ARGV[2]) then drop(ARGV[1], parcel) end`
