/**
 * What Redis counts, as scripts that run whole or not at all, by the clock of Redis: instances need not agree on the time.
 * The arithmetic of rates is that of rate.ts; all keys end by themselves.
 */

/**
 * KEYS: lockout of the client, arrival of the client, arrival of all. ARGV: 1 where a lockout counts; then interval and burst of the
 * client's rate, interval and burst of the rate of all, and what of that burst this client may use; an interval of 0 is no limit.
 * Answers milliseconds, rounded up: locked out for, wait, arrival of the client ahead of now, arrival of all ahead of now.
 */
export const ADMIT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
if ARGV[1] == '1' then
  local locked = redis.call('PTTL', KEYS[1])
  if locked > 0 then return { locked, 0, 0, 0 } end
end
local function arrivalOf(key, interval, burst)
  local arrival = tonumber(redis.call('GET', key) or 0)
  return math.min(math.max(arrival, now), now + burst * interval)
end
local wait, ahead, keys = 0, { 0, 0 }, { KEYS[2], KEYS[3] }
local rates = { { tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[3]) }, { tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]) } }
for index, rate in ipairs(rates) do
  local interval, burst, own = rate[1], rate[2], rate[3]
  if interval > 0 then
    local arrival = arrivalOf(keys[index], interval, burst)
    ahead[index] = arrival - now
    wait = math.max(wait, arrival + interval - now - own * interval)
  end
end
if wait > 0.001 then return { 0, math.ceil(wait), math.ceil(ahead[1]), math.ceil(ahead[2]) } end
for index, rate in ipairs(rates) do
  if rate[1] > 0 then
    ahead[index] = ahead[index] + rate[1]
    redis.call('SET', keys[index], string.format('%.3f', now + ahead[index]), 'PX', math.ceil(ahead[index]))
  end
end
return { 0, 0, math.ceil(ahead[1]), math.ceil(ahead[2]) }
`

/**
 * KEYS: lockout of the client, its failures. ARGV: failures that lock out, milliseconds within which, milliseconds of the lockout.
 * Answers how long the client was locked out before, and is after.
 */
export const FAIL = `
local locked = redis.call('PTTL', KEYS[1])
if locked > 0 then return { locked, locked } end
local failures = redis.call('INCR', KEYS[2])
if failures == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
if failures < tonumber(ARGV[1]) then return { 0, 0 } end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], '1', 'PX', ARGV[3])
return { 0, tonumber(ARGV[3]) }
`
